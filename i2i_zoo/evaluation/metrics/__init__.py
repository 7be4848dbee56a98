"""Metrics by name, one file for each family, and the features that several of them see: importing one registers it."""

from . import (
    colors,
    coverage,
    cycle,
    diversity,
    edges,
    fid,
    keep,
    kid,
    labels,
    lpips,
    paired,
    same,
    segmentation,
    silhouette,
    styles,
    swd,
)

__all__ = [
    "colors",
    "coverage",
    "cycle",
    "diversity",
    "edges",
    "fid",
    "keep",
    "kid",
    "labels",
    "lpips",
    "paired",
    "same",
    "segmentation",
    "silhouette",
    "styles",
    "swd",
]
