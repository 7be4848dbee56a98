"""`i2i push`"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import Parameter

if TYPE_CHECKING:
    from ..hub.address import Address


@Parameter(name="*")
@dataclass(frozen=True)
class Choice:
    """What is pushed."""

    title: str | None = None
    """The heading of the card; left out: the name."""
    half: bool = False
    """Store the weights in 16 bits, as `i2i export` does."""
    inference: bool = False
    """Leave out the networks that training alone needs, as `i2i export` does."""


def push(
    weights: Path,
    repo: str,
    /,
    *,
    license: str | None = None,
    choice: Choice = Choice(),
    private: bool = False,
    out: Path | None = None,
) -> None:
    """Publish a trained model on the Hugging Face Hub, with a model card.

    The card says what the model does and how it is used, the recipe, the scores that `i2i evaluate` has kept of it with
    their protocol, and shows the run's newest sample grid. Paths of this machine are left out.

    Parameters
    ----------
    weights
        A run, a checkpoint, an exported .safetensors file, or the name of packaged weights (`i2i list`).
    repo
        owner/name, or owner/name@branch. What is there is replaced, and stays in its history.
    license
        Under which others may use the weights, as the Hub calls it: mit, apache-2.0, cc-by-4.0, ... or other.
    private
        Make a new repository for yourself alone.
    out
        Write everything into this new folder, to be looked at, and push nothing.
    """
    from ..errors import UserError
    from ..hub.address import parse
    from ..runs.model_card import check_license

    to, license = parse(repo if repo.startswith("hf:") else f"hf://{repo}"), check_license(license)
    if to.path:
        raise UserError(f"{to}: leave out what follows owner/name")
    if out and out.exists():
        raise UserError(f"{out}: exists already; choose another --out")
    _push(weights, to, license, choice, private, out)


def _push(weights: Path, to: Address, license: str, choice: Choice, private: bool, out: Path | None) -> None:
    """Write what is pushed into `out`, or push it."""
    from tempfile import TemporaryDirectory

    from ..files import draft_folder
    from ..hub.push import push as upload
    from ..runs.publish import prepare
    from .console import say_left_out

    with draft_folder(out) if out else TemporaryDirectory() as made:
        folder = Path(made)
        say_left_out(prepare(weights, folder, to.repo, license, *astuple(choice)))
        if not out:
            say_left_out([upload(folder, to, f"{weights.name}, pushed with i2i_zoo", private)])
    say_left_out([f"{out}: look at its README.md" if out else f"use it as {to}"])
