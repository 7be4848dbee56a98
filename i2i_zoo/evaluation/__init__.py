"""Scores of translations: one file for each family of metrics. Importing one registers it."""

from . import coverage, cycle, diversity, edges, fid, kid, labels, lpips, paired, silhouette, styles, swd
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
    "silhouette",
    "styles",
    "swd",
]
