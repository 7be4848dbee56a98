"""A report of what was found in official files, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import counted
from .layout import Row
from .network import Network


@dataclass
class Part:
    """One network: the sub-network of ours that it became ("generators.a2b"), and its tensors one by one."""

    role: str
    file: Path
    what: str
    rows: list[Row]


@dataclass
class Report:
    """Everything that a user may want to know about an import; `lines` says it."""

    project: str
    parts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was assumed, what is absent, what was not used
    knobs: str = "official weights"  # where the knobs of the model's losses come from

    def add(self, role: str, file: Path, network: Network) -> None:
        """Enter a network, and what had to be assumed of it."""
        self.parts.append(Part(role, file, network.what, network.rows))
        for assumed in network.assumed:
            if (note := f"assumed, for tensors cannot tell: {assumed}") not in self.notes:
                self.notes.append(note)

    def lines(self, layers: bool = False) -> Iterator[str]:
        """Plain text; `layers` gives every tensor too: key and shape in the file, key in our sub-network."""
        yield self.project
        for part in self.parts:
            dropped = [row for row in part.rows if row.ours.startswith("dropped")]
            count = f"{counted(len(part.rows), 'tensor')}, {len(dropped)} dropped"
            yield f"{part.file.name} -> {part.role}: {part.what}, {count}"
            for row in part.rows if layers else ():
                yield f"  {row.theirs}  {tuple(row.shape)}  ->  {row.ours}"
            for why in dict.fromkeys(row.ours for row in dropped):
                yield f"  {why}: {sum(row.ours == why for row in dropped)} tensors"
        yield from self.notes
