"""The npm packages that hold the artwork, as they lie in `node_modules`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from ...errors import UserError, one_line, printable

PACKAGES = {  # style -> name and version
    "line": ("@iconify-json/fluent-emoji-high-contrast", "1.2.6"),
    "flat": ("@iconify-json/fluent-emoji-flat", "1.2.6"),
    "color": ("@iconify-json/fluent-emoji", "1.2.7"),
    "3d": ("@lobehub/fluent-emoji-3d", "1.1.0"),
}
INSTALL = "npm install " + " ".join(f"{name}@{version}" for name, version in PACKAGES.values())
_SKIN_TONES = {"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"}
T = TypeVar("T")


class Icon(BaseModel):
    """The content of an SVG element; without a width or height it has that of its set."""

    body: str
    width: int | None = None
    height: int | None = None


class IconSet(BaseModel):
    """SVG bodies by English name, in the format of Iconify (https://iconify.design/docs/types/iconify-json.html)."""

    icons: dict[str, Icon]
    width: int = 16
    height: int = 16

    def svg(self, name: str) -> str:
        icon = self.icons[name]
        width, height = icon.width or self.width, icon.height or self.height
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">{icon.body}</svg>'
        )


class _About(BaseModel):
    version: str


class Artwork(NamedTuple):
    """The emoji without skin tones that all styles have."""

    names: dict[str, str]  # by code
    icons: dict[str, IconSet]  # by style
    pictures: dict[str, Path]  # by code: the files of the style 3d


def read(folder: Path) -> Artwork:
    """Read the packages in `folder` (node_modules); raises `UserError` unless all are there in their versions."""
    _check(folder)
    icons = {s: _parsed(folder / name / "icons.json", IconSet) for s, (name, _) in PACKAGES.items() if s != "3d"}
    codes = _parsed(folder / PACKAGES["flat"][0] / "chars.json", dict[str, str])  # that of color is empty
    files = sorted((folder / PACKAGES["3d"][0] / "assets").glob("*.webp"), reverse=True)
    pictures = {_plain(path.stem): path for path in files}  # of two with one code, the first by name
    names = {
        _plain(code): name
        for code, name in codes.items()
        if not _SKIN_TONES & {*code.split("-")}
        and _plain(code) in pictures
        and all(name in drawn.icons for drawn in icons.values())
    }
    return Artwork(names, icons, pictures)


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; run `{INSTALL}` and name the node_modules that it makes")
    for name, version in PACKAGES.values():
        if not (folder / name).is_dir():
            raise UserError(f"{folder / name}: no such package; beside {folder.name}, run `{INSTALL}`")
        found = _parsed(folder / name / "package.json", _About).version
        if found != version:
            raise UserError(
                f"{folder / name}: is version {printable(found)}, not {version}; run `npm install {name}@{version}`"
            )


def _plain(code: str) -> str:
    """A code without U+FE0F, which asks for a colored picture: some files have it in their names and some do not."""
    return "-".join(point for point in code.split("-") if point != "fe0f")


def _parsed(path: Path, kind: type[T] | Any) -> T:
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise UserError(
            f"{path} cannot be read ({one_line(reason)}); remove its package and run `{INSTALL}`"
        ) from error
