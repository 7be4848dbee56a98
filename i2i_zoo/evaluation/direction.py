"""One direction of translation over the test images: what every metric looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from ..data.evenly import evenly
from ..distributed import Processes
from ..errors import UserError
from ..models.base import Translator
from ..score_key import ScoreKey

Networks = dict[str, nn.Module | UserError]  # by name; also why one cannot be had, so that it is looked for once


class Direction:
    """`model` translates `inputs` to the domain `to`, of which `targets` are real images.

    If `paired`, target i is the true translation of input i. With `by_example`, models with styles take those of
    `examples`, else styles drawn from the prior with `seed`; each image its own.
    """

    def __init__(
        self,
        model: Translator,
        to: str,
        inputs: Sequence[Tensor],
        targets: Sequence[Tensor],
        paired: bool,
        *,
        seed: int = 0,
        by_example: bool = False,
        processes: Processes | None = None,
        networks: Networks | None = None,
    ):
        self.model, self.to, self.source = model, to, model.source(to)
        self.inputs, self.targets, self.paired = inputs, targets, paired
        self.seed, self.by_example, self.processes = seed, by_example, processes or Processes()
        self.device = model.device
        self.channels = model.channels[to]
        self.networks = {} if networks is None else networks
        self._styles: dict[int, Tensor | None] = {}

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width of the images."""
        return tuple(self.targets[0].shape[-2:])

    @property
    def has_styles(self) -> bool:
        return self.model.style_dim > 0

    @cached_property
    def critics(self) -> set[str]:
        """The pretrained networks that train the model: its discriminators look through them. Without tags."""
        tables = self.model.config.dump() if self.model.config else {}
        return set(_backbones({key: table for key, table in tables.items() if key != "generator"}))

    @property
    def real_answers(self) -> Sequence[Tensor] | None:
        """The real images that stand in the place of translations; None: these are a model's."""
        return None

    def answers(self, batch: Translations) -> Tensor:
        """The translations (N, C, H, W) of a batch of inputs, each in one style."""
        return self.translate(batch.real, self.styles(batch.numbers, 1)[0])

    def translate(self, images: Tensor, styles: Tensor | None) -> Tensor:
        """Images (N, C, H, W) to the domain `to`, in the styles (N, D) if the model has any; in [-1, 1]."""
        return self._to(self.to, images, styles)

    def translate_back(self, images: Tensor, styles: Tensor | None) -> Tensor:
        """Images (N, C, H, W) of the domain `to` to the source."""
        return self._to(self.source, images, styles)

    def _to(self, domain: str, images: Tensor, styles: Tensor | None) -> Tensor:
        style = {} if styles is None else {"style": styles}
        fakes = self.model.translate(images, to=domain, **style).float()
        if not torch.isfinite(fakes).all():
            raise UserError(
                f"the translations to {domain!r} hold values that are not finite; the training has diverged, "
                "take an earlier checkpoint"
            )
        return fakes.clamp(-1, 1)

    def styles(self, numbers: Sequence[int], count: int) -> list[Tensor | None]:
        """`count` styles (N, D) for the inputs of these numbers; None for each where the model has no styles."""
        if not self.has_styles:
            return [None] * count
        if self.by_example:
            return [self.model.encode_style(self.examples(numbers, 1 + k), self.to) for k in range(count)]
        if count not in self._styles:
            drawn = self.model.sample_style(len(self.inputs) * count, seed=self.seed)
            self._styles[count] = drawn.unflatten(0, (len(self.inputs), count))
        return list(self._styles[count][list(numbers)].unbind(1))

    def examples(self, numbers: Sequence[int], after: int = 1) -> Tensor:
        """Give real images (N, C, H, W) of the domain `to` whose style the inputs of these numbers can take.

        They are the targets `after` numbers later, so that none is the truth of a pair.
        """
        count = len(self.targets)
        return torch.stack([self.targets[(number + after) % count] for number in numbers]).to(self.device)

    def keyed(self, scores: Mapping[str, float | None]) -> dict[str, float | None]:
        """The scores of this direction under the texts of their keys."""
        return {str(ScoreKey(self.to, score)): value for score, value in scores.items()}

    def chosen(self, limit: int) -> dict[int, int]:
        """Numbers of up to `limit` inputs, spread evenly, each with its place among them."""
        return places(len(self.inputs), limit)

    def network(self, name: str, make: Callable[[], nn.Module]) -> nn.Module:
        """The network `name`, made once for all metrics and directions, on the model's device.

        Draws nothing from torch's global RNG. Raises the `UserError` that `make` raises.
        """
        if name not in self.networks:
            try:
                with torch.random.fork_rng(devices=[]):
                    self.networks[name] = make().eval().requires_grad_(False).to(self.device)
            except UserError as error:
                self.networks[name] = error
        if isinstance(found := self.networks[name], UserError):
            raise found
        return found


def _backbones(table: Any) -> Iterator[str]:
    """Every value of a key `backbone` within a plain table, up to its first dot."""
    if isinstance(table, Mapping):
        if isinstance(name := table.get("backbone"), str):
            yield name.partition(".")[0]
        table = list(table.values())
    if isinstance(table, list | tuple):
        for part in table:
            yield from _backbones(part)


def places(count: int, limit: int) -> dict[int, int]:
    """Choose up to `limit` of the numbers below `count`, spread evenly, each with its place among them."""
    return {number: place for place, number in enumerate(evenly(count, limit))}


def among(numbers: Sequence[int], chosen: dict[int, int]) -> tuple[list[int], list[int]]:
    """Positions in `numbers` of those that are chosen, and their places among the chosen."""
    positions = [position for position, number in enumerate(numbers) if number in chosen]
    return positions, [chosen[numbers[position]] for position in positions]


class Targets:
    """A batch of real images of the domain `to`."""

    def __init__(self, direction: Direction, numbers: range):
        self.direction, self.numbers = direction, numbers
        self.images = torch.stack([direction.targets[n] for n in numbers]).to(direction.device)
        self.shared: dict[Any, Any] = {}  # what one metric computed of these images, for the others


class Translations:
    """A batch of inputs and what the model makes of them; nothing is computed before it is asked for."""

    def __init__(self, direction: Direction, numbers: range):
        self.direction, self.numbers = direction, numbers
        self.real = torch.stack([direction.inputs[n] for n in numbers]).to(direction.device)
        self.shared: dict[Any, Any] = {}

    @cached_property
    def fake(self) -> Tensor:
        """The inputs, translated, each in one style."""
        return self.direction.answers(self)

    @cached_property
    def truth(self) -> Tensor:
        """The true translations of the inputs."""
        direction = self.direction
        return torch.stack([direction.targets[n] for n in self.numbers]).to(direction.device)

    @cached_property
    def back(self) -> Tensor:
        """The translations, translated back; in the style of the inputs themselves, where there are styles."""
        direction = self.direction
        own = direction.model.encode_style(self.real, direction.source) if direction.has_styles else None
        return direction.translate_back(self.fake, own)

    def restyled(self, positions: list[int], count: int) -> list[Tensor]:
        """The inputs at `positions`, translated `count` times in other styles: `count` tensors (N, C, H, W)."""
        key = ("restyled", tuple(positions), count)
        if key not in self.shared:
            styles = self.direction.styles([self.numbers[p] for p in positions], count)
            self.shared[key] = [self.direction.translate(self.real[positions], style) for style in styles]
        return self.shared[key]
