"""Families of emoji, and the choice of those that are for training.

Near twins never stand on both sides: emoji are split by families, and names tell the family.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

FAMILIES = {  # the first pattern found in a name decides; one that finds too much, a chair for its hair, does no harm
    "heart": "heart",
    "clock": "oclock|thirty",
    "keycap": "keycap",
    "button": "button$",
    "hair": "hair",
    "hand": "hand|fist|finger|thumb|palm",
    "arrow": "arrow",
    "moon": "moon",
    "mail": "mail|envelope",
    "flag": "flag",
    "book": "book",
    "family": "family|kiss|couple",
    "fantasy": "elf|mage|fairy|vampire|genie|zombie|superhero|supervillain",
    "globe": "globe",
    "japanese": "japanese",
    "cat": r"\bcat\b",
    "rail": "railway|train|tram|metro|locomotive",
    "shape": "circle$|square$|(orange|blue)-diamond",
    "monkey": "evil",  # It sees, hears and speaks no evil.
}
_WHO = re.compile("^(man|woman|person|men|women|people|mrs|mx)-")
MANY = 12  # a larger family is for training: it would make up much of a test


class Concept(NamedTuple):
    """An emoji: its code points in hexadecimal, and the `train`, `val` or `test` that its family is in."""

    code: str
    name: str
    family: str
    split: str


def sort_out(names: Mapping[str, str]) -> list[Concept]:
    """Emoji by code from {code: name}, each with its family and split; families are counted over all of them."""
    members = Counter(family(name) for name in names.values())
    splits = {kin: split(kin, count) for kin, count in members.items()}
    return [Concept(code, name, kin := family(name), splits[kin]) for code, name in sorted(names.items())]


def family(name: str) -> str:
    """The family of an emoji by its English name (`man-artist`): a common one, or the name without the person."""
    for kin, pattern in FAMILIES.items():
        if re.search(pattern, name):
            return kin
    return _WHO.sub("", name)


def split(kin: str, members: int) -> str:
    """`test` for 24 families of 100, `val` for 16, by the hash of the name; `train` for the others and large ones."""
    lot = int(sha256(kin.encode()).hexdigest(), 16) % 1000
    return "train" if members > MANY or lot >= 400 else "test" if lot < 240 else "val"
