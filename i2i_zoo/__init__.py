"""Unpaired image-to-image translation models by name. See README.md for a tour."""

__version__ = "0.1.0"
