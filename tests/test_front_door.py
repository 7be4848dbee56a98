import ast
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

import i2i_zoo
from i2i_zoo.errors import UserError


def test_importing_it_does_not_import_torch():
    code = "import sys, i2i_zoo; dir(i2i_zoo); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_editors_see_all_that_is_imported_on_first_use():
    tree = ast.parse(Path(i2i_zoo.__file__).read_text())
    [block] = [n for n in tree.body if isinstance(n, ast.If) and getattr(n.test, "id", "") == "TYPE_CHECKING"]
    seen = {alias.name for line in block.body if isinstance(line, ast.ImportFrom) for alias in line.names} - {"Models"}
    seen |= {line.target.id for line in block.body if isinstance(line, ast.AnnAssign)}
    assert seen == set(i2i_zoo.__all__) == {*i2i_zoo._HOMES, *i2i_zoo._PACKAGES}
    assert (Path(i2i_zoo.__file__).parent / "py.typed").exists()
    assert all(getattr(i2i_zoo, name) for name in i2i_zoo.__all__)


def test_names_to_choose_from_are_listed_without_torch():
    code = "import sys, i2i_zoo; i2i_zoo.list_models(); i2i_zoo.list_recipes(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    assert "shoes/munit" in i2i_zoo.list_models()
    assert i2i_zoo.list_models("*emoji*") == ["emoji/cyclegan", "emoji/munit"]
    assert i2i_zoo.list_models("nothing*") == []
    assert "shoes/quickstart" in i2i_zoo.list_recipes("shoes/*") and "munit_base" not in i2i_zoo.list_recipes()
    assert i2i_zoo.list_metrics("sw*") == ["swd"]


def test_help_is_fast_and_imports_no_torch():
    seconds = []
    for _ in range(3):  # the machine may be busy
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "i2i_zoo", "--help"], capture_output=True, text=True)
        seconds.append(time.perf_counter() - started)
        assert done.returncode == 0 and "translate" in done.stdout
    assert min(seconds) < 1.0
    code = "import sys, i2i_zoo.cli; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_loading_for_inference_imports_neither_timm_nor_the_trainer():
    code = """if True:
        import sys, numpy, i2i_zoo
        model = i2i_zoo.load("emoji/cyclegan")  # no backbone of timm
        i2i_zoo.translate(model, numpy.zeros((16, 16, 3), numpy.uint8), "3d")
        sys.exit(", ".join({"timm", "accelerate", "i2i_zoo.training.trainer"} & sys.modules.keys()) or 0)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_translate_keeps_no_gradients_whatever_the_model_does():
    model = i2i_zoo.create("cyclegan", ("a", "b"), generator={"name": "resnet", "width": 2, "blocks": 1})
    seen = []
    model.generators["a2b"].register_forward_hook(lambda *_: seen.append(torch.is_inference_mode_enabled()))
    i2i_zoo.translate(model.eval(), torch.zeros(3, 16, 16), "b")
    assert seen == [True]


def test_models_is_a_mapping_of_names_to_classes():
    assert isinstance(i2i_zoo.models, Mapping)
    assert i2i_zoo.models["cyclegan"] is i2i_zoo.models.cyclegan.CycleGAN
    assert "cyclegan" in list(i2i_zoo.models) and "cyclegna" not in i2i_zoo.models
    with pytest.raises(UserError, match="did you mean 'cyclegan'"):
        i2i_zoo.models["cyclegna"]


def test_styles_have_names_at_the_front_door():
    style = torch.zeros(8)
    assert torch.equal(i2i_zoo.styles.from_id(i2i_zoo.styles.to_id(style), 8), style) and "styles" in dir(i2i_zoo)


def test_create_takes_knobs_and_nested_tables():
    model = i2i_zoo.create(
        "cyclegan", domains=("horse", "zebra"), cycle=5.0, generator={"name": "resnet", "width": 4, "blocks": 2}
    )
    assert model.config.cycle == 5.0 and len(model.generators["a2b"].blocks) == 2
    with pytest.raises(UserError, match=r"cyclegan.cycel: no such key; did you mean 'cycle'\?"):
        i2i_zoo.create("cyclegan", domains=("horse", "zebra"), cycel=5.0)


@pytest.mark.parametrize("domains", [("horse",), ("horse", "horse"), ("horse", "../zebra"), ("a", "b", "c")])
def test_two_domains_with_different_plain_names(domains):
    with pytest.raises(UserError, match="domains"):
        i2i_zoo.create("cyclegan", domains=domains)


def test_a_wrong_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'modles'"):
        i2i_zoo.modles


def test_the_trainer_by_hand():
    model = i2i_zoo.create("cyclegan", ("a", "b"), generator={"name": "resnet", "width": 2, "blocks": 1},
                           discriminator={"name": "pixelgan", "width": 2})  # fmt: skip
    losses = i2i_zoo.training.Trainer(model).advance([{"a": torch.rand(1, 3, 16, 16), "b": torch.rand(1, 3, 16, 16)}])
    assert list(losses) == ["fool_b", "fool_a", "cycle_a", "cycle_b", "judge_b", "judge_a"]
    assert not any(loss.requires_grad for loss in losses.values())
