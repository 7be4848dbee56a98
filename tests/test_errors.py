"""What messages are made of."""

from __future__ import annotations

from i2i_zoo.errors import counted, plural


def test_one_thing_is_singular():
    assert [counted(n, "image") for n in (0, 1, 2)] == ["0 images", "1 image", "2 images"]
    assert [counted(n, "image is", "images are") for n in (1, 3)] == ["1 image is", "3 images are"]
    assert [plural(n, "is", "are") for n in (0, 1, 2)] == ["are", "is", "are"]
