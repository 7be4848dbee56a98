"""Scores of a trained model: metrics by name, and one evaluation that runs them in both directions."""

from . import metrics
from .base import Metric, NotApplicable, Score
from .config import EvaluateConfig
from .evaluate import Evaluation, evaluate

__all__ = ["EvaluateConfig", "Evaluation", "Metric", "NotApplicable", "Score", "evaluate", "metrics"]
