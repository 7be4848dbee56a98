"""What scores are read against: copied inputs and real images."""

from __future__ import annotations

import pytest
from small_models import Copies, model, shoes

from i2i_zoo.evaluation import EvaluateConfig, evaluate, references
from i2i_zoo.registry import datasets

PAIRS = {"l1": 0, "psnr": 100, "ssim": 1, "edge_f1": 1}


def scored(translator, data, *names, **knobs):
    return evaluate(translator, data, EvaluateConfig.parse({"metrics": list(names), "knobs": knobs}))


def test_scores_stand_between_the_copied_input_and_the_truth(backbone):
    knobs = {name: {"backbone": backbone} for name in ("kid", "same")}
    data = shoes(8, train_images=20)
    found = scored(model("cyclegan"), data, "paired", "edges", "kid", "same", "keep", "cycle", **knobs)
    for to in ("edges", "shoes"):
        for score, perfect in PAIRS.items():
            assert found.ceiling[f"to_{to}.{score}"] == pytest.approx(perfect, abs=1e-5), score
        assert found.floor[f"to_{to}.l1"] > 0.05 and found.ceiling[f"to_{to}.same"] == 1
        assert found.ceiling[f"to_{to}.kid"] < found.floor[f"to_{to}.kid"]
    assert found.floor["to_shoes.keep"] > 0.95
    assert "to_shoes.cycle_l1" in found.values and "to_shoes.cycle_l1" not in found.floor | found.ceiling
    told = found.protocol["references"]["to_shoes"]
    assert told == {"the inputs, copied": "floor", "the true translations": "ceiling", "other real images": "ceiling"}


def test_a_model_that_copies_is_its_own_floor(folders, backbone):
    data = datasets["unpaired"].Config.parse(
        {"root": str(folders), "domains": ["a", "b"], "size": 32, "test_folders": ["testA", "testB"]}
    )
    found = scored(Copies(), data.build(), "swd", "kid", "coverage", "keep", kid={"backbone": backbone},
                   coverage={"backbone": backbone, "neighbors": 2})  # fmt: skip
    assert found.floor == pytest.approx(found.values) and "to_a.kid" in found.floor
    assert "to_a.kid" in found.ceiling and "to_a.keep" not in found.ceiling, "the truth is not known"
    assert "one half of the real images against the other" in found.protocol["references"]["to_a"]


def test_references_are_computed_once_for_a_data_set(monkeypatch):
    calls, run, data = [], references.run, shoes(3)
    monkeypatch.setattr(references, "run", lambda *args: calls.append(args) or run(*args))
    first, again = (scored(model("cyclegan"), data, "paired") for _ in range(2))
    assert len(calls) == 4 and again.floor == first.floor, "two directions, two references of pairs"
    first_f1 = scored(model("cyclegan"), data, "paired", "edges").floor["to_shoes.edge_f1"]
    knobs = {"edges": {"tolerance": 3}}
    assert scored(model("cyclegan"), data, "paired", "edges", **knobs).floor["to_shoes.edge_f1"] > first_f1
    assert len(calls) == 12
