"""The files of recipes. They are found apart from `recipe.py` so that listing them imports no torch."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from ..errors import FileError, UserError
from ..registry import did_you_mean


def packaged() -> dict[str, Path]:
    """The recipes that come with i2i_zoo, by name (`shoes/quickstart`)."""
    here = Path(__file__).parents[1]
    root = here / "recipes" if (here / "recipes").is_dir() else here.parent / "recipes"  # in a wheel; in a clone
    return {p.relative_to(root).with_suffix("").as_posix(): p for p in sorted(root.rglob("*.toml"))}


def trainable() -> dict[str, Path]:
    """The packaged recipes by name, without the bases that others extend."""
    return {name: path for name, path in packaged().items() if not name.endswith("base")}


def headline(path: Path) -> str:
    """The first comment line of a recipe: what it is."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.lstrip("# ").strip() if first.startswith("#") else ""


def find(source: str | Path) -> Path:
    """The file of a recipe: a path, a run (its `recipe.json`), or a packaged name; raises `UserError`."""
    if not isinstance(source, str | PathLike):
        raise UserError(
            f"recipe: a path or a name is expected, got {type(source).__name__}; `i2i list` shows the names"
        )
    path = Path(source).expanduser()
    if path.is_file():
        return path
    if (path / "recipe.json").is_file():
        return path / "recipe.json"
    known = packaged()
    if str(source) in known:
        return known[str(source)]
    if path.suffix in (".toml", ".json"):
        raise FileError(f"{path}: no such recipe file; give one that is there, or a name that `i2i list` shows")
    raise UserError(f"no recipe is called {str(source)!r}; {did_you_mean(str(source), known)}")
