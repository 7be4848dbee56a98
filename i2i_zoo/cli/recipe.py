"""`i2i recipe`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def recipe(*, from_: Annotated[str, Parameter(name="--from")], out: Path | None = None) -> None:
    """Write the recipe of official options: those of CycleGAN, CUT, MUNIT and UNIT.

    What has no counterpart is said, and stands in the recipe as a comment.

    Parameters
    ----------
    from_
        A train_opt.txt of CycleGAN or CUT, a YAML config of MUNIT or UNIT, or a command line in quotes:
        "python train.py --dataroot ./datasets/maps --netG resnet_9blocks"
    out
        The recipe, ending in .toml; left out: it is printed.
    """
    import warnings

    from ..errors import Notice, UserError
    from ..files import draft_file
    from ..recipe.official import from_official
    from .console import say

    if out and out.suffix != ".toml":
        raise UserError(f"{out}: the name must end in .toml")
    written = from_official(from_)
    for note in written.notes:
        warnings.warn(Notice(f"without a counterpart: {note}"), stacklevel=2)
    if out is None:
        print(written.text, end="")
        return
    with draft_file(out) as draft:
        draft.write_text(written.text, encoding="utf-8")
    say(f"{out}: check it and its images with i2i check {out}")
