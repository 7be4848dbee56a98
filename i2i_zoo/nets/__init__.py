"""Generators and discriminators. Importing a network registers it, so this list is the registry."""

# ruff: noqa: F401  (a module is imported for its decorators)
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
