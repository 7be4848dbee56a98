"""Use of a trained model: pictures, files and folders translated, in one style or in many."""

from .folder import Translated, translate_folder

__all__ = ["Translated", "translate_folder"]
