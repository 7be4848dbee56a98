"""A choice of some of many, always the same."""

from __future__ import annotations


def evenly(count: int, limit: int) -> list[int]:
    """Choose up to `limit` of the numbers below `count`, spread evenly, in ascending order."""
    chosen = min(count, limit)
    return [place * count // chosen for place in range(chosen)]
