"""`i2i compare` from plan to report, with trainings in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

import i2i_zoo
from i2i_zoo import compare
from i2i_zoo.cli.compare import tables, without_common_folder
from i2i_zoo.cli.train import train
from i2i_zoo.compare import execute
from i2i_zoo.compare.collect import collect, digits
from i2i_zoo.compare.result import read_comparison
from i2i_zoo.recipe.recipe import load
from i2i_zoo.weights import model as weights
from i2i_zoo.weights.model import description, export

TINY = [
    "data.size=64", "data.train_images=4", "data.test_images=5", "model.generator.width=2",
    "model.generator.pretrained=false",
    "model.discriminator={name='patchgan', width=2, layers=2}",
    "train.samples=1", "train.log_every=2", "train.save_every=2",
    "evaluate.metrics=['cycle', 'paired', 'styles']", "evaluate.knobs={styles={inputs=2, styles=2}}",
]  # fmt: skip
SOURCES = ["shoes/cyclegan", "shoes/munit"]


@pytest.fixture
def trainings(monkeypatch):
    """Run trainings here; the list of their command lines. A code put into `codes` is returned instead."""
    calls, codes = [], []

    def run(command):
        words = command[4:]
        calls.append(words)
        if codes and (code := codes.pop(0)):
            return code
        if words[0] == "--resume":
            return train(resume=Path(words[1]))
        return train(words[0], out=Path(words[2]))

    monkeypatch.setattr(execute, "_run", run)
    return calls, codes


def test_two_models_two_seeds_and_the_report(tmp_path, trainings, monkeypatch):
    calls, _ = trainings
    told = []
    planned = compare.plan(SOURCES, tmp_path / "out", TINY, seeds=2, steps=3)
    found = compare.compare(planned, told.append)
    assert len(calls) == 4 and all(part.finished for part in planned.parts)
    assert [(e.name, e.model, e.multimodal, len(e.seeds)) for e in found.entries] == [
        ("shoes/cyclegan", "cyclegan", False, 2), ("shoes/munit", "munit", True, 2),
    ]  # fmt: skip
    one, other = (seed.metrics["to_shoes.l1"] for seed in found.entries[0].seeds)
    assert one != other and found.entries[0].mean["to_shoes.l1"] == pytest.approx((one + other) / 2)
    assert found.entries[0].mean["to_shoes.style_l1"] == 0 < found.entries[1].mean["to_shoes.style_l1"]
    cost = found.entries[1].seeds[0].cost
    assert cost.steps_per_second > 0 and cost.peak_memory_mb > 50 and cost.parameters > 100 and cost.seconds > 0
    assert [row.step for row in found.entries[0].seeds[0].losses] == [2, 3]
    assert found.budget.steps == 3 and found.device == "cpu" and found.data["size"] == 64
    assert read_comparison(tmp_path / "out") == found
    with monkeypatch.context() as patched:
        patched.setattr(weights, "read_tensors", None)
        reports = {part: execute.score(part, planned.recipe, told.append) for part in planned.parts}
        assert collect(planned, reports, found.pictures).entries == found.entries, "no weights are read for it"

    check_report(found, (tmp_path / "out" / "report.html").read_text())
    calls.clear(), told.clear()
    again = compare.compare(compare.plan(SOURCES, tmp_path / "out", TINY, seeds=2, steps=3), told.append)
    assert not calls and not told, "what is there is not made again"
    assert again.entries == found.entries
    compare.compare(
        compare.plan(SOURCES[:1], tmp_path / "out", [*TINY, "evaluate.seed=1"], seeds=2, steps=3), told.append
    )
    assert not calls and told == [f"shoes/cyclegan, seed {seed}: scoring" for seed in (0, 1)], "other scores, same runs"

    runs = [str(part.folder) for part in planned.parts if part.name == "shoes/munit"]
    told.clear()
    given = compare.plan(runs, tmp_path / "given", ["test.name=shoes", "test.test_images=3", "test.size=64"])
    assert compare.compare(given, told.append).data["test_images"] == 3
    assert len(told) == 2, "scored anew on other test images, not trained"


def check_report(found, page):
    first, second = found.pictures
    assert (first.to, len(first.inputs), len(first.truths)) == ("shoes", 5, 5) and second.to == "edges"
    assert set(first.styles) == {"shoes/munit"} and len(first.styles["shoes/munit"][0]) == 6
    assert "shoes/munit" in page and page.count("data:image/") > 20
    shown = list(tables(found))
    assert [t.title for t in shown] == ["edges -> shoes", "shoes -> edges", "cost"]
    assert sum(len(t.rows) for t in shown[:2]) == len(found.metrics) and len(shown[0].columns) == 5
    many = found.model_copy(update={"entries": found.entries * 5})
    assert [len(t.rows) for t in tables(many)][:2] == [12, 12], "many entries go down"


def test_names_are_shown_without_the_folder_of_all():
    assert without_common_folder(["ablations/maps/gan", "ablations/maps/full"]) == ["gan", "full"]
    assert without_common_folder(["shoes/unit", "edges2shoes/unit"]) == ["shoes/unit", "edges2shoes/unit"]
    assert without_common_folder(["maps/unit", "maps2/unit"]) == ["maps/unit", "maps2/unit"]
    assert without_common_folder(["mine", "mine-2"]) == ["mine", "mine-2"]


def test_it_goes_on_where_it_was_interrupted(tmp_path, trainings):
    calls, codes = trainings
    codes += [None, 130]
    with pytest.raises(execute.Stopped) as stopped:
        compare.compare(compare.plan(SOURCES, tmp_path, TINY, steps=2), print)
    assert stopped.value.code == 130
    calls.clear()
    found = compare.compare(compare.plan(SOURCES, tmp_path, TINY, steps=2), print)
    assert len(calls) == 1 and calls[0][0].endswith("shoes-munit-0.json")
    assert [entry.name for entry in found.entries] == SOURCES


def test_a_training_that_fails_is_left_out_and_told(tmp_path, trainings):
    _, codes = trainings
    codes += [1]
    told = []
    found = compare.compare(compare.plan(SOURCES, tmp_path, TINY, steps=2), told.append)
    assert [entry.name for entry in found.entries] == ["shoes/munit"]
    assert "shoes/cyclegan, seed 0: the training failed, so it is left out" in told


def test_three_figures_are_shown():
    assert [digits(values) for values in ([0.0734, None], [12.3], [456.0], [0.0], [])] == [4, 1, 0, 2, 2]


def test_exported_weights_and_an_address_are_compared_as_runs_are(tmp_path, trainings, hub, monkeypatch):
    recipe = load("shoes/cyclegan", [*TINY[:-1], "train.steps=2"])
    recipe.save(tmp_path / "r.json")
    train(str(tmp_path / "r.json"), out=tmp_path / "run")
    export(i2i_zoo.load(tmp_path / "run"), tmp_path / "file.safetensors", description(tmp_path / "run")["provenance"])
    hub.files["ann/shoes"] = {"model.safetensors": (tmp_path / "file.safetensors").read_bytes()}
    monkeypatch.chdir(tmp_path)
    sources = ["run", "file.safetensors", "hf://ann/shoes"]
    found = compare.compare(compare.plan(sources, tmp_path / "out"), print)
    assert [(e.name, e.seeds[0].run) for e in found.entries] == [
        ("run", "run"), ("file", "file.safetensors"), ("ann/shoes", "hf://ann/shoes"),
    ]  # fmt: skip
    one, *others = (e.mean for e in found.entries)
    assert others == [one, one] and found.entries[2].seeds[0].cost.parameters > 100
