"""The images of a training by name, as a run keeps them: what was trained on, set aside and left out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FileError, one_line
from ..files import draft_file

FILE = "images.json"
FORMAT = 1
Names = dict[str, list[str]]  # domain -> names, relative to the folder of the domain's images


@dataclass
class Record:
    """Names of images, which lie in folders that may be moved."""

    train: Names = field(default_factory=dict)
    """The training images, in their order; damaged ones are among them."""
    test: Names = field(default_factory=dict)
    """The images that `data.test` has set aside."""
    damaged: dict[str, dict[str, str]] = field(default_factory=dict)
    """Domain -> name -> why it was left out of the training."""
    changes: list[dict[str, Any]] = field(default_factory=list)
    """The changes that `--changed-images` took: `step`, and the names `added` and `removed` for each domain."""

    def write(self, folder: Path) -> None:
        """Write `folder/images.json`, whole or not at all."""
        with draft_file(folder / FILE) as draft:
            draft.write_text(json.dumps({"format": FORMAT} | asdict(self), indent=1), encoding="utf-8")


def read_record(folder: Path) -> Record | None:
    """The record that a run keeps in `folder`; None where there is none, as in old runs. Raises `FileError`."""
    path = folder / FILE
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
        return Record(**{key: _checked(tables[key], kind) for key, kind in _KINDS.items()})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        hint = "remove it to go on with the images as they are now"
        raise FileError(f"{path}: cannot be read as the record of a run's images ({one_line(error)}); {hint}") from None


_KINDS = {"train": dict, "test": dict, "damaged": dict, "changes": list}


def _checked(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or (kind is dict and not all(isinstance(v, list | dict) for v in value.values())):
        raise TypeError(f"{kind.__name__} expected")
    return value
