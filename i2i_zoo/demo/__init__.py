"""`i2i demo`: the page on a server of this machine, which holds the models."""

from .server import Demo

__all__ = ["Demo"]
