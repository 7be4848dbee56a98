"""Advice on command lines, taken literally: first the wrong words, then those of the message."""
# ruff: noqa: E501  (a table)

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from test_advice_runs import TINY, images, noise, overrides, refused, there, whole  # noqa: F401  (fixtures)

advice = pytest.mark.advice
pytestmark = pytest.mark.filterwarnings("default::i2i_zoo.errors.Notice")

ROWS = [
    # part of a message                                       | wrong | right; "" is the command that the message ends with
    ("cli/begin.py: or begin a new run with its weights", "train TINY --resume 'my run'", ""),
    ("cli/begin.py: leave out RECIPE and --out", "train TINY --resume 'my run'", "train --resume 'my run'"),
    ("cli/begin.py: --resume-or-start needs", "train TINY --resume-or-start", "train TINY --out new --resume-or-start"),
    ("cli/begin.py: give a run", "train --resume 'a checkpoint'", "train --resume 'my run'"),
    ("cli/begin.py: which recipe?", "train", "show shoes/quickstart"),
    ("cli/begin.py: which recipe?", "train", "list"),
    ("cli/export.py: leave one of them out", "export 'my run' --out w.safetensors --int8", "export 'my run' --out w.safetensors"),
    ("cli/export.py: the name must end in", "export 'my run' --out w.st", "export 'my run' --out w.safetensors"),
    ("cli/recipe.py: the name must end in .toml", "recipe --from 'python train.py --model cycle_gan --dataroot x' --out r", "recipe --from 'python train.py --model cycle_gan --dataroot x' --out r.toml"),
    ("cli/convert.py: the name must end in .safetensors", "convert official --domains a b --out w", "convert official --domains a b --out w.safetensors"),
    ("cli/push.py: leave out what follows owner/name", "push 'my run' hf://a/b/c --license mit --out p", "push 'my run' hf://a/b --license mit --out p"),
    ("cli/push.py: choose another --out", "push 'my run' a/b --license mit --out 'my run'", "push 'my run' a/b --license mit --out p"),
    ("runs/model_card.py: --license mit, apache-2.0, cc-by-4.0", "push 'my run' a/b --out p", "push 'my run' a/b --out p --license mit"),
    ("runs/model_card.py: are written like mit", "push 'my run' a/b --out p --license 'the best'", "push 'my run' a/b --out p --license cc-by-nc-4.0"),
    ("hub/address.py: is no address on the Hub", "push 'my run' a --out p --license mit", "push 'my run' a/b --out p --license mit"),
    ("hub/address.py: leads out of the repository", "translate hf://a/b/../c x.png --to shoes --out o", "translate 'my run' x.png --to shoes --out o"),
    ("cli/runs.py: give the folder of your runs", "runs nowhere", "runs ."),
    ("cli/sample.py: --out names a folder", "sample shoes/munit x.png --to shoes --size 64 --styles 1 --out x.png", "sample shoes/munit x.png --to shoes --size 64 --styles 1 --out s"),
    ("cli/show.py: leave out", "show cyclegan model.cycle=1", "show cyclegan"),
    ("cli/show.py: has no", "show shoes/cyclegan dta", "show shoes/cyclegan data"),
    ("cli/train.py: a new run can, and begin with its weights", "train --resume 'my run' train.batch=2", ""),
    ("cli/train.py: a new run can: ", "train --resume 'my run' \"model.generator={name='unet', width=2, depth=4}\" \"model.discriminator={name='patchgan', width=3, layers=2}\"", ""),
    ("runs/folder.py: choose another --out", "train TINY --out 'my run'", "train TINY --out new"),
    ("runs/folder.py: or continue it with", "train TINY --out 'my run'", ""),
    ("runs/resume.py: or more", "train --resume 'my run' train.steps=1", "train --resume 'my run' train.steps=2"),
    ("evaluation/evaluate.py: is no score of evaluate.metrics", "train TINY SCORED train.evaluate_every=1 train.best=cycle_l2 --out new", "train TINY SCORED train.evaluate_every=1 train.best=cycle_l1 --out new"),
    ("recipe/files.py: no recipe is called", "show shoes/quikstart", "show shoes/quickstart"),
    ("recipe/files.py: or a name that `i2i list` shows", "check nowhere.toml", "list"),
    ("recipe/recipe.py: an override is written key=value", "check TINY steps", "check TINY train.steps=1000"),
    ("zoo/__init__.py: did you mean", "translate shoes/cyclegn x.png --to shoes --out o", "translate shoes/cyclegan x.png --to shoes --size 64 --out o"),
    ("weights/model.py: give a run, a checkpoint or an exported", "translate nowhere x.png --to shoes --out o", "translate 'my run' x.png --to shoes --out o"),
    ("weights/model.py: leave out the names of domains", "translate 'my run' x.png --domains a b --to shoes --out o", "translate 'my run' x.png --to shoes --out o"),
    ("weights/model.py: say A and B", "translate official x.png --to shoes --out o", "translate official x.png --domains horse zebra --to zebra --out o"),
    ("interop/load.py: an epoch can be chosen in a folder", "convert official/latest_net_G_A.pth --domains a b --epoch 1 --out w.safetensors", "convert official --domains a b --epoch latest --out w.safetensors"),
    ("inference/sampling.py: ask for 1 or more", "sample shoes/munit x.png --to shoes --styles 0 --out s", "sample shoes/munit x.png --to shoes --styles 1 --size 64 --out s"),
    ("inference/sampling.py: --mix gives the weights of --like images", "sample shoes/munit x.png --to shoes --mix 1 --out s", "sample shoes/munit x.png --to shoes --mix 1 --like x.png --size 64 --out s"),
    ("compare/plan.py: use 1 or more", "compare 'my run' --seeds 0 --out c", "compare 'my run' --seeds 1 SCORED --out c"),
    ("compare/plan.py: give one", "compare 'my run' --steps 1 --seconds 1 --out c", "compare 'my run' --steps 1 SCORED --out c"),
    ("compare/plan.py: `i2i list` shows them all", "compare shoe/* --out c", "list"),
    ("compare/plan.py: what is to be compared?", "compare --out c", "compare 'my run' SCORED --out c"),
    ("compare/plan.py: there is nothing to compare", "compare begun --out c", ""),
    ("compare/plan.py: two runs with seed", "compare 'my run' 'deep/my run' --out c", "compare 'my run' SCORED --out c"),
]  # fmt: skip


@pytest.fixture
def place(there):  # noqa: F811
    """Beside a run: a picture, a checkpoint alone, official weights, runs that have only begun, a recipe."""
    noise(Path("x.png"))
    shutil.copytree("my run/checkpoints/000000001", "a checkpoint")
    Path("begun").mkdir()
    shutil.copy("my run/recipe.json", "begun")
    shutil.copy("my run/recipe.json", "a b.json")
    shutil.copytree("begun", "c/runs/a b-0")
    shutil.copytree("my run", "deep/my run", symlinks=True)
    return there


def words(line: str) -> list[str]:
    known = {"TINY": TINY, "SCORED": ["evaluate.metrics=['cycle']"]}
    return [word for part in shlex.split(line) for word in known.get(part, [part])]


@pytest.mark.parametrize(("wrong", "right"), [pytest.param(*row, marks=advice(part)) for part, *row in ROWS])
def test_the_words_of_the_message_work(place, i2i, wrong, right):
    if "official" in wrong:
        assert i2i("convert", "my run", "--to", "cyclegan-pytorch", "--out", "official").code == 0
    text = refused(i2i(*words(wrong)))
    done = i2i(*words(right or re.split(r"(?::|with:|it:) i2i ", text)[-1]))
    assert done.code == 0, done.err
