"""Images for training: data sets by name, image files, and the way from a file to a batch."""

from . import datasets
from .base import ImageData

__all__ = ["ImageData", "datasets"]
