"""The training images of a run: the same ones whenever it goes on, and those that are damaged left out."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch

from ..data import ImageData
from ..data.base import names
from ..data.datasets.share import twins
from ..data.record import Names, Record, read_record
from ..distributed import any_process
from ..errors import UserError, counted, plural
from ..models import Losses
from ..training import Trainer
from ..training.trainer import Observer


class RunImages:
    """The images of the run in `folder`: those on record if it is `resumed`, and the record of them.

    Images that were added later are left out, and those that are gone are a `UserError`, unless `changed` says to take
    what is there now. `observe` makes the observer that finds damage: `warn` gets a sentence on each image that is left
    out, and too many of them, by `data.damaged`, end the training with a `UserError` after `save`.
    """

    def __init__(self, data: ImageData, folder: Path, resumed: bool = False, changed: bool = False):
        self.data, self.notes = data, list[str]()
        kept = read_record(folder) if resumed else None
        self.recorded = kept is not None
        self._change = self._recall(folder, kept, changed) if kept else {}
        piles = {domain: names(data.pile("train", domain)) for domain in data.config.domains}
        self.record = Record(
            train={domain: found for domain, found in piles.items() if found},
            test=(kept and kept.test) or _set_aside(data),
            damaged={domain: dict(found) for domain, found in data.record.damaged.items()},
            changes=list(kept.changes) if kept else [],
        )
        self.counts = {
            domain: len(images) for domain, images in data.stream.images.items()
        }  # This reads their headers.
        self._said = {domain: torch.zeros_like(pile.damaged) for domain, pile in data.training.items()}
        for domain, found in self.record.damaged.items():
            known = [n for n, name in enumerate(piles[domain]) if name in found]
            self._said[domain][known] = 1
        self._check(folder)

    def _recall(self, folder: Path, kept: Record, changed: bool) -> dict[str, dict[str, list[str]]]:
        """Take the images of the record, or what is there now and then return what has changed."""
        self.data.recall_tests(folder)
        added, removed, present = {}, {}, {}
        for domain, then in kept.test.items():
            self.notes += _no_longer_tested(then, names(self.data.pile("test", domain)), domain)
        for domain, then in kept.train.items():
            pile = self.data.pile("train", domain)
            now, before = set(names(pile)), set(then)
            beside = twins(sorted(now - before), kept.test.get(domain, []), then)
            self.notes += _beside_tests(beside, domain)
            now -= set(beside)
            added[domain] = sorted(now - before)
            present[domain] = [name for name in names(pile) if name in now]
            removed[domain] = sorted(before - now - (set() if changed else kept.damaged.get(domain, {}).keys()))
            if not changed:
                _refuse(removed[domain], domain)
                self.notes += _left_out(added[domain], domain)
        if not changed:
            self.data.recall(kept)
            return {}
        self.data.recall(Record(train=present, test=kept.test))
        counts = ", ".join(f"{d} {len(added[d])} more and {len(removed[d])} gone" for d in added)
        self.notes.append(f"the images are taken as they are now: {counts}")
        return {"added": added, "removed": removed}

    def write(self, folder: Path, step: int) -> None:
        """Keep the record in the folder of the run, which is at `step`."""
        if self._change:
            self.record.changes.append({"step": step} | self._change)
            self._change = {}
        if self.record.train:
            self.record.write(folder)

    @property
    def damaged(self) -> int:
        """Number of images that are left out, as far as is known."""
        return sum(int(pile.damaged.sum()) for pile in self.data.training.values())

    def observe(self, folder: Path, warn: Callable[[str], None], save: Observer) -> Observer:
        """Make the observer, which every process needs to call after the same steps."""

        def look(trainer: Trainer, losses: Losses) -> None:
            if not any_process(self._news(), trainer.accelerator):
                return
            for pile in self.data.training.values():
                flags = pile.damaged.to(trainer.accelerator.device, torch.float32)
                pile.damaged.copy_(trainer.accelerator.reduce(flags, reduction="sum") > 0)
            if trainer.accelerator.is_main_process:
                self.say(warn)
                self.write(folder, trainer.step)
            self._said = {domain: pile.damaged.clone() for domain, pile in self.data.training.items()}
            try:
                self._check(folder)
            except UserError:
                save(trainer, losses)
                raise

        return look

    def _news(self) -> bool:
        return any(bool((pile.damaged > self._said[domain]).any()) for domain, pile in self.data.training.items())

    def say(self, warn: Callable[[str], None]) -> None:
        """Name the images that have turned out to be damaged since the last time, and put them on record."""
        for domain, pile in self.data.training.items():
            known = names(self.data.pile("train", domain))
            for index in (pile.damaged > self._said[domain]).nonzero().flatten().tolist():
                reason = pile.reason(index)
                warn(f"{reason}; it is left out, and others of {domain} take its place")
                if known:
                    self.record.damaged.setdefault(domain, {})[known[index]] = reason
            self._said[domain] = pile.damaged.clone()

    def _check(self, folder: Path) -> None:
        """Raise `UserError` if more images are damaged than `data.damaged` allows."""
        share = self.data.config.damaged
        for domain, pile in self.data.training.items():
            count = int(pile.damaged.sum())
            if count > math.ceil(share * len(pile)):
                first = pile.reason(int(pile.damaged.nonzero()[0]))
                enough = math.ceil(100 * count / len(pile)) / 100
                some = f"{count} of {counted(len(pile), 'training image')} of {domain}"
                raise UserError(
                    f"{some} {plural(count, 'is', 'are')} damaged, more than data.damaged = {share} allows: {first}; "
                    f"mend or remove what is damaged, or allow so many with data.damaged={enough}"
                )


def _refuse(removed: list[str], domain: str) -> None:
    if removed:
        raise UserError(
            f"{counted(len(removed), 'training image')} of {domain} {plural(len(removed), 'is', 'are')} gone since the "
            f"run began, for example {removed[0]}; put them back, or go on with what is there now: --changed-images"
        )


def _left_out(added: list[str], domain: str) -> list[str]:
    if not added:
        return []
    were, are, them = ("was", "is", "it") if len(added) == 1 else ("were", "are", "them")
    count = f"{counted(len(added), 'image')} {were} added to {domain} since the run began"
    return [f"{count}, for example {added[0]}, and {are} left out; --changed-images takes {them}"]


def _beside_tests(twins: list[str], domain: str) -> list[str]:
    if not twins:
        return []
    count = f"{len(twins)} images were added to {domain}"
    return [f"{count} that belong to series of test images, for example {twins[0]}, and stay out of the training"]


def _set_aside(data: ImageData) -> Names:
    """The names of the test images that `data.test` sets aside."""
    return {domain: names(data.pile("test", domain)) for domain in data.config.domains if data.sets_aside}


def _no_longer_tested(then: list[str], now: list[str], domain: str) -> list[str]:
    gone = sorted(set(then).difference(now))
    if not gone:
        return []
    count = f"{len(gone)} of {counted(len(then), 'test image')} of {domain} {plural(len(gone), 'is', 'are')}"
    return [f"{count} gone since the run began, for example {gone[0]}; scores are of the others"]
