"""A memory of images that cannot be read, so that a training can leave them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ..errors import DamagedFile, UserError, plural
from .cache import Source, block
from .images.files import ImageInfo

NOTHING = ImageInfo(0, 0, 0, torch.uint8)  # what is known of an image that cannot be read


class Tolerant:
    """A `Source` that remembers which of its images are damaged, in memory that loader processes forked later share.

    Those are a `DamagedFile` without being opened again. `known` are numbers of some that are damaged already.
    """

    def __init__(self, source: Source, known: Iterable[int] = ()):
        self.source = source
        self.damaged = block(max(len(source), 1), "memory")[: len(source)]
        """Flags of shape (length,), uint8: 1 for each image that is known to be damaged, else 0."""
        self.damaged[list(known)] = 1

    def __len__(self) -> int:
        return len(self.source)

    def name(self, index: int) -> str:
        return self.source.name(index)

    def info(self, index: int) -> ImageInfo:
        """Give the shape and type of an image, 0 x 0 x 0 of a damaged one."""
        if not self.damaged[index]:
            try:
                return self.source.info(index)
            except DamagedFile:
                self.damaged[index] = 1
        return NOTHING

    def __getitem__(self, index: int) -> Tensor:
        if self.damaged[index]:
            raise DamagedFile(f"{self.name(index)} is damaged")
        try:
            return self.source[index]
        except DamagedFile:
            self.damaged[index] = 1
            raise

    def reason(self, index: int) -> str:
        """Say why the damaged image `index` cannot be read, in a clause without a full stop."""
        try:
            self.source.info(index), self.source[index]
        except DamagedFile as error:
            return error.fact
        return f"{self.name(index)} could not be read for a while"


def refuse_damaged(images: Sequence[Tensor], what: str) -> None:
    """Read all `images`, called `what`; raises `UserError` if any is damaged."""
    facts = []
    for number in range(len(images)):
        try:
            images[number]
        except DamagedFile as error:
            facts.append(error.fact)
    if facts:
        count = f"{len(facts)} of {len(images)} {what} {plural(len(facts), 'is', 'are')} damaged"
        raise UserError(f"{count}: {facts[0]}; replace or remove what is damaged (i2i check names all)")
