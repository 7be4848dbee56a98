"""Generators and discriminators. Importing them is what registers them."""

from . import (
    ensemble,
    multiscale,
    patchgan,
    pixelgan,
    projected,
    resnet,
    style_autoencoder,
    style_unet,
    timm_unet,
    unet,
)

__all__ = [
    "ensemble",
    "multiscale",
    "patchgan",
    "pixelgan",
    "projected",
    "resnet",
    "style_autoencoder",
    "style_unet",
    "timm_unet",
    "unet",
]
