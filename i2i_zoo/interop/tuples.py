"""The sizes of the tuples of a pickle, told from its opcodes, before anything is built."""

from __future__ import annotations

import pickletools
from typing import Any, NamedTuple

DEEPEST = 8  # tuples within tuples; a state dict has 2


class Size(NamedTuple):
    depth: int = 0
    things: int = 1


class Tuples:
    """A follower of the stack of the machine that a pickle is a program of, opcode by opcode.

    Python's hash of a tuple visits all that is in it, as often as it is there, by recursion in C: a tuple in a
    hundred thousand others, as the key of a dict, ends the process, and one that holds another twice, and that one
    another twice, and so on, never ends. Raises `ValueError` for such tuples, `LookupError` for broken programs.
    """

    def __init__(self, most: int):
        self.most = most
        self.stack: list[Size | None] = []  # None: a mark
        self.memo: dict[int, Size | None] = {}

    def follow(self, opcode: pickletools.OpcodeInfo, argument: Any) -> None:
        """Do what `opcode` does, to sizes in place of things."""
        if "PUT" in opcode.name:
            self.memo[argument] = self.stack[-1]
        elif "GET" in opcode.name:
            self.stack.append(self.memo[argument])
        elif opcode.name == "MARK":
            self.stack.append(None)
        else:
            taken = self._take(opcode.stack_before)
            made = self._tuple(taken) if opcode.name.startswith("TUPLE") else Size()
            self.stack += [taken[0] if opcode.name == "DUP" else made for _ in opcode.stack_after]

    def _take(self, kinds: list[pickletools.StackObject]) -> list[Size]:
        taken = []
        for kind in reversed(kinds):
            if kind is pickletools.stackslice:
                while (size := self.stack.pop()) is not None:
                    taken.append(size)
            elif kind is not pickletools.markobject:
                taken.append(self.stack.pop() or Size())
        return taken

    def _tuple(self, parts: list[Size]) -> Size:
        depth = 1 + max((part.depth for part in parts), default=0)
        things = 1 + sum(part.things for part in parts)
        if depth > DEEPEST or things > self.most:
            raise ValueError("tuples in tuples without end")
        return Size(depth, things)
