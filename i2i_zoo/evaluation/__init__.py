"""What a trained model is worth: metrics, one file for each family, comparisons, and their report."""

from . import coverage, cycle, diversity, edges, fid, kid, labels, lpips, paired, segmentation, silhouette, styles, swd
from .base import Metric, NotApplicable, Score
from .config import EvaluateConfig
from .evaluate import Evaluation, evaluate

__all__ = [
    "EvaluateConfig",
    "Evaluation",
    "Metric",
    "NotApplicable",
    "Score",
    "coverage",
    "cycle",
    "diversity",
    "edges",
    "evaluate",
    "fid",
    "kid",
    "labels",
    "lpips",
    "paired",
    "segmentation",
    "silhouette",
    "styles",
    "swd",
]
