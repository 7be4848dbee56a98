"""Generators and discriminators. Importing them is what registers them."""

from . import patchgan, pixelgan, resnet, unet

__all__ = ["patchgan", "pixelgan", "resnet", "unet"]
