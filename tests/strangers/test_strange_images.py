"""Images from strangers, one by one and as folders that are translated and checked."""

from __future__ import annotations

import warnings

import pytest
from bad_images import ODD, WRONG
from stranger import assert_sentence, in_memory, in_time, untouched

from i2i_zoo.data.images.files import probe, read
from i2i_zoo.errors import UserError


@pytest.fixture
def folder(tmp_path):
    """`given`, which holds all of them, beside `elsewhere`, which nobody may write to."""
    for name in ("given", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "elsewhere" / "mine.png").write_bytes(b"mine")
    for name, content in (WRONG | ODD).items():
        (tmp_path / "given" / name).write_bytes(content)
    return tmp_path / "given"


def test_they_differ():
    assert len({*(WRONG | ODD).values()}) > 290


def test_each_is_read_or_refused_in_one_sentence(folder):
    refused = set()
    with untouched(folder.parent), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on metadata
        for name in sorted(WRONG | ODD):
            try:
                with in_time(5), in_memory(200):
                    image = read(folder / name, 3)
                    assert image.shape[0] == 3 and probe(folder / name, 3)[:3] == image.shape
            except UserError as error:
                assert_sentence(error, name)
                refused.add(name)
    assert refused >= WRONG.keys(), WRONG.keys() - refused
    assert len(WRONG) + 50 < len(refused) < len(WRONG | ODD)


def test_translate_writes_the_good_ones_and_a_line_for_each_other(folder, i2i, exported):
    with untouched(folder), untouched(folder.parent / "elsewhere"), in_time(60):
        done = i2i("translate", exported, folder, "--to", "b", "--out", folder.parent / "out")
    complaints = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert done.code == 1 and done.err.count("\n") == len(complaints), "a warning of a library, or a traceback"
    written = {path.stem for path in (folder.parent / "out").rglob("*") if path.is_file()}
    assert f"{len(complaints)} skipped" in " ".join(done.out.split()) and len(complaints) > len(WRONG)
    assert len(written) > 50 and not written & {name.rpartition(".")[0] for name in WRONG}


def test_check_and_train_name_what_is_wrong(tmp_path, i2i):
    (tmp_path / "few").mkdir()
    few = dict(list(WRONG.items())[::6])
    for name, content in few.items():
        (tmp_path / "few" / name).write_bytes(content)
    small = ["model.generator.width=2", "model.generator.blocks=1", "model.discriminator={name='pixelgan', width=2}"]
    place = ["data.domains=['a', 'b']", f"data.root={tmp_path}", "data.folders=['few', 'few']", "data.size=24"]
    with untouched(tmp_path), in_time(60):
        checked = i2i("check", "unpaired/cyclegan", *place, "data.resize=24", *small)
        trained = i2i("train", "unpaired/cyclegan", *place, "data.resize=24", *small, "--out", tmp_path / "run")
    lines = checked.err.splitlines()
    assert checked.code == 1 and len(lines) == 4 * len(few), "training and test images of two domains"
    assert all(sum(name in line for line in lines) == 4 for name in few)
    assert trained.code == 1 and trained.err.startswith("error: ") and trained.err.count("\n") == 1
