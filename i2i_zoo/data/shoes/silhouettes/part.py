"""The parts of a drawn shoe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .curves import Curve


@dataclass(frozen=True)
class Part:
    """A closed contour with what lies inside it.

    `role` says which color it takes. `seams` and `laces` are content: lines of both pictures. `panels` are regions that
    a style may color and that the outline never shows.
    """

    role: str
    contour: Curve
    seams: tuple[Curve, ...] = ()
    laces: tuple[Curve, ...] = ()
    panels: Mapping[str, Curve] = field(default_factory=dict)

    def map(self, move: Callable[[Curve], Curve]) -> Part:
        """The same part with all its points moved."""
        panels = {name: move(panel) for name, panel in self.panels.items()}
        return Part(self.role, move(self.contour), tuple(map(move, self.seams)), tuple(map(move, self.laces)), panels)
