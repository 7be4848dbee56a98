"""What a trained model is worth: metrics, one file for each family, comparisons, and their report."""

from . import (
    colors,
    coverage,
    cycle,
    diversity,
    edges,
    fid,
    keep,
    kid,
    labels,
    lpips,
    paired,
    same,
    segmentation,
    silhouette,
    styles,
    swd,
)
from .base import Metric, NotApplicable, Score
from .config import EvaluateConfig
from .evaluate import Evaluation, evaluate

__all__ = [
    "EvaluateConfig",
    "Evaluation",
    "Metric",
    "NotApplicable",
    "Score",
    "colors",
    "coverage",
    "cycle",
    "diversity",
    "edges",
    "evaluate",
    "fid",
    "keep",
    "kid",
    "labels",
    "lpips",
    "paired",
    "same",
    "segmentation",
    "silhouette",
    "styles",
    "swd",
]
