"""Generators and discriminators. Importing them is what registers them."""

from . import (
    autoencoder,
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
    unet_autoencoder,
)

__all__ = [
    "autoencoder",
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
    "unet_autoencoder",
]
