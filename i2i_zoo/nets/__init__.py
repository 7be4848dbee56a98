"""Generators and discriminators. Importing them is what registers them."""

from . import multiscale, patchgan, pixelgan, resnet, timm_unet, unet

__all__ = ["multiscale", "patchgan", "pixelgan", "resnet", "timm_unet", "unet"]
