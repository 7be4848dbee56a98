"""Generators and discriminators. Importing them is what registers them."""

from . import patchgan, pixelgan, resnet, timm_unet, unet

__all__ = ["patchgan", "pixelgan", "resnet", "timm_unet", "unet"]
