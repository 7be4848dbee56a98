"""A node_modules with six made-up emoji in it."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from i2i_zoo.data.emoji.packages import PACKAGES

CODES = {  # as in the package with the flat style; U+FE0F comes and goes
    "26f0-fe0f": "mountain",
    "1f441-fe0f-200d-1f5e8": "eye-in-speech-bubble",
    "2764": "red-heart",
    "1f499": "blue-heart",
    "1f9d1-200d-1f3a8": "artist",
    "1f468-200d-1f3a8": "man-artist",
    "1f44b": "waving-hand",
    "1f44b-1f3fd": "waving-hand-medium",
    "1f34b-200d-1f7e9": "lime",
}
FACES = {"26f0", "1f441-200d-1f5e8-fe0f", "2764-fe0f", "1f499", "1f9d1-200d-1f3a8", "1f468-200d-1f3a8", "1f44b-1f3fd"}
SQUARE = '<path fill="currentColor" d="M8 8h16v16H8z"/>'


def make(folder: Path) -> Path:
    """Four packages below `folder / node_modules`; the hand has no 3d picture, the lime no color."""
    root = folder / "node_modules"
    for style, (name, version) in PACKAGES.items():
        (root / name / "assets").mkdir(parents=True)
        (root / name / "package.json").write_text(json.dumps({"name": name, "version": version}))
        if style != "3d":
            icons = {n: {"body": SQUARE} for n in CODES.values() if (style, n) != ("color", "lime")}
            icons["mountain"]["height"] = 16  # half as high as wide
            (root / name / "icons.json").write_text(json.dumps({"icons": icons, "width": 32, "height": 32}))
    (root / PACKAGES["flat"][0] / "chars.json").write_text(json.dumps(CODES))
    for code in FACES | {"1f34b-200d-1f7e9"}:
        picture = Image.new("RGBA", (256, 256))
        picture.paste((255, 0, 0, 255), (64, 64, 192, 192))
        picture.save(root / PACKAGES["3d"][0] / "assets" / f"{code}.webp", lossless=True)
    return root
