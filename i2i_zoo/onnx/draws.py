"""The styles that torch draws of a seed, without torch, so that a graph's answers are those of its model."""

from __future__ import annotations

import numpy as np

VECTOR = 16  # From so many numbers on, torch draws them in blocks of as many.


def normal_rows(rows: int, size: int, seed: int) -> np.ndarray:
    """What `torch.empty(size).normal_(generator=generator)` gives `rows` times, for a generator of `seed`: float32.

    Both libraries have the Mersenne Twister, begun alike, and Box and Muller's method. Numbers may differ by rounding.
    """
    words = np.random.RandomState(seed & 0xFFFFFFFF)
    blocks = _few if size < VECTOR else _many
    return np.concatenate([np.empty((0, size), np.float32), *blocks(words, rows, size)])


def _few(words: np.random.RandomState, rows: int, size: int) -> list[np.ndarray]:
    """Pairs of float64 of two uniform numbers of 53 bits; what is left of a pair begins the next row."""
    pairs = -(-rows * size // 2)
    drawn = words.randint(0, 2**32, (pairs, 2, 2), dtype=np.uint32).astype(np.uint64)
    turn, length = (((drawn[..., 0] << 32 | drawn[..., 1]) & (2**53 - 1)) * 2.0**-53).T
    radius, angle = np.sqrt(-2 * np.log1p(-length)), 2 * np.pi * turn
    numbers = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()
    return [numbers[: rows * size].reshape(rows, size).astype(np.float32)]


def _many(words: np.random.RandomState, rows: int, size: int) -> list[np.ndarray]:
    """Blocks of 16 float32 of uniform numbers of 24 bits; the last block of a row is drawn anew if it is not whole."""
    found = []
    for _ in range(rows):
        row = _uniform(words, size)
        whole = size // VECTOR * VECTOR
        row[:whole] = _block(row[:whole])
        if size % VECTOR:
            row[-VECTOR:] = _block(_uniform(words, VECTOR))
        found.append(row[None])
    return found


def _uniform(words: np.random.RandomState, size: int) -> np.ndarray:
    drawn = words.randint(0, 2**32, size, dtype=np.uint32) & (2**24 - 1)
    return drawn.astype(np.float32) * np.float32(2**-24)


def _block(uniform: np.ndarray) -> np.ndarray:
    length, turn = uniform.reshape(-1, 2, VECTOR // 2).swapaxes(0, 1)
    radius, angle = np.sqrt(-2 * np.log(1 - length)), np.float32(2 * np.pi) * turn
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()
