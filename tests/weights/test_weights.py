import copy
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.models import saving
from i2i_zoo.models.base import freeze, unfreeze
from i2i_zoo.training import TrainConfig, Trainer, checkpoint
from i2i_zoo.weights import model as module
from i2i_zoo.weights.model import (
    description,
    export,
    find_checkpoint,
    full_description,
    list_checkpoints,
    newest_samples,
)

SMALL = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}


@pytest.fixture
def trainer():
    torch.manual_seed(0)
    trainer = Trainer(i2i_zoo.create("cyclegan", ("edges", "shoes"), (1, 3), **SMALL), TrainConfig(ema=0.9, keep=2))
    for _ in range(2):
        trainer.advance([{"edges": torch.rand(1, 1, 16, 16), "shoes": torch.rand(1, 3, 16, 16)}])
    return trainer


@pytest.fixture
def run(trainer, tmp_path):
    checkpoint.save(trainer, tmp_path / "run", {"recipe": "test"})
    return tmp_path / "run"


IMAGE = torch.linspace(-1, 1, 256).view(1, 1, 16, 16)


def test_load_takes_a_run_a_checkpoint_and_an_exported_file(trainer, run, tmp_path):
    with trainer.inference() as model:
        expected = model.translate(IMAGE, to="shoes")
    export(i2i_zoo.load(run), tmp_path / "m.safetensors", {})
    for path in (run, run / "checkpoints" / "last", run / "checkpoints" / "000000002", tmp_path / "m.safetensors"):
        model = i2i_zoo.load(path)
        assert not model.training and model.domains == ("edges", "shoes") and model.channels == {"edges": 1, "shoes": 3}
        with torch.no_grad():
            assert torch.equal(model.translate(IMAGE, to="shoes"), expected)


def test_loaded_weights_keep_no_gradients_until_a_trainer_takes_them(run):
    model = i2i_zoo.load(run)
    assert not model.translate(IMAGE, to="shoes").requires_grad
    before = copy.deepcopy(model.state_dict())
    for taken in (copy.deepcopy(model), model):
        assert all(weight.requires_grad for weight in Trainer(taken).model.parameters())
    Trainer(model).advance([{"edges": torch.rand(1, 1, 16, 16), "shoes": torch.rand(1, 3, 16, 16)}])
    assert not any(torch.equal(before[name], weight) for name, weight in model.named_parameters() if "weight" in name)


def test_what_a_model_itself_keeps_from_learning_does_not_learn_after_loading_either():
    model = i2i_zoo.create("cyclegan", ("a", "b"), **SMALL)
    model.generators["a2b"].requires_grad_(False)
    before = [weight.requires_grad for weight in model.parameters()]
    unfreeze(freeze(model))
    assert [weight.requires_grad for weight in model.parameters()] == before and len(set(before)) == 2


def test_half_precision_takes_half_the_space_and_is_read_as_float32(tmp_path):
    knobs = {"generator": {"name": "resnet", "width": 8, "blocks": 2, "norm": "batch"}}
    whole = i2i_zoo.create("cyclegan", ("edges", "shoes"), (1, 3), **SMALL | knobs)
    sizes = []
    for half in (False, True):
        export(whole, tmp_path / "m.safetensors", {}, half=half)
        sizes.append((tmp_path / "m.safetensors").stat().st_size)
    assert sizes[1] < 0.6 * sizes[0]
    loaded, original = i2i_zoo.load(tmp_path / "m.safetensors").state_dict(), whole.state_dict()
    assert {key: tensor.dtype for key, tensor in loaded.items()} == {key: t.dtype for key, t in original.items()}
    assert any(tensor.dtype is torch.int64 for tensor in loaded.values()), "batch norms count their batches"
    for key, tensor in loaded.items():
        torch.testing.assert_close(tensor, original[key], rtol=2**-11, atol=1e-7)


def test_weights_that_half_precision_cannot_hold_are_refused(trainer, tmp_path):
    with torch.no_grad():
        trainer.model.generators["a2b"].stem[0].weight[0, 0, 0, 0] = 1e5
    with pytest.raises(UserError, match=r"generators.a2b.stem.0.weight: is too large for 16 bits"):
        export(trainer.model, tmp_path / "m.safetensors", {}, half=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_for_inference_lacks_what_only_training_needs(run, tmp_path):
    whole = i2i_zoo.load(run)
    export(whole, tmp_path / "m.safetensors", {}, inference=True)
    assert {key.split(".")[0] for key in load_file(tmp_path / "m.safetensors")} == {"generators"}
    model = i2i_zoo.load(tmp_path / "m.safetensors")
    assert model.missing_networks == ("discriminators.a", "discriminators.b") and whole.missing_networks == ()
    assert model.targets == ("edges", "shoes"), "it translates both ways"
    with torch.no_grad():
        assert torch.equal(model.translate(IMAGE, to="shoes"), whole.translate(IMAGE, to="shoes"))


def test_what_translates_is_not_guessed(trainer, tmp_path, monkeypatch):
    monkeypatch.setattr(type(trainer.model), "averaged", ())
    with pytest.raises(UserError, match="names no `averaged` players"):
        export(trainer.model, tmp_path / "m.safetensors", {}, inference=True)


def test_the_last_weights_instead_of_the_average(trainer, run):
    last = i2i_zoo.load(run, averaged=False)
    for name, weight in trainer.model.generators.state_dict().items():
        assert torch.equal(last.generators.state_dict()[name], weight)


def test_the_folder_is_as_designed(run):
    folder = run / "checkpoints" / "000000002"
    assert {f.name for f in folder.iterdir()} == {
        "model.json", "state.json", "memory.safetensors",
        "generators.safetensors", "generators.average.safetensors", "generators.optimizer.safetensors",
        "discriminators.safetensors", "discriminators.optimizer.safetensors", "checksums.json",
    }  # fmt: skip
    assert (run / "checkpoints" / "last").readlink().as_posix() == "000000002"
    facts = json.loads((folder / "model.json").read_text())
    assert facts["format"] == 1 and facts["domains"] == ["edges", "shoes"] and facts["channels"] == [1, 3]
    assert facts["provenance"] == {"recipe": "test", "step": 2}
    assert "pools.a.images" in " ".join(load_file(folder / "memory.safetensors"))


def test_only_the_newest_are_kept(trainer, run):
    for step in (3, 5, 9):
        trainer.step = step
        checkpoint.save(trainer, run, {})
    assert [f.name for f in list_checkpoints(run)] == ["000000005", "000000009"]
    assert find_checkpoint(run).name == "000000009"


def test_a_save_that_fails_leaves_nothing_and_the_old_one(trainer, run, monkeypatch):
    before = sorted(run.rglob("*"))
    monkeypatch.setattr(checkpoint, "save_optimizer", lambda *_: (_ for _ in ()).throw(OSError("no space left")))
    trainer.step = 7
    with pytest.raises(OSError, match="no space left"):
        checkpoint.save(trainer, run, {})
    assert sorted(run.rglob("*")) == before


def test_saving_the_same_step_again_replaces_it(trainer, run):
    checkpoint.save(trainer, run, {"recipe": "again"})
    assert [f.name for f in (run / "checkpoints").iterdir() if f.name.startswith(".")] == []
    assert "again" in (find_checkpoint(run) / "model.json").read_text()


def test_without_the_link_the_newest_is_found(run):
    (run / "checkpoints" / "last").unlink()
    assert find_checkpoint(run).name == "000000002"


def damage_json(run, change):
    """Not by accident: there are no checksums either, as in a checkpoint of an earlier i2i_zoo."""
    path = run / "checkpoints" / "000000002" / "model.json"
    (path.parent / "checksums.json").unlink(missing_ok=True)
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def unsealed_junk(run):
    for file in (run / "checkpoints" / "000000002").glob("generators.*"):
        file.write_bytes(b"junk")
    next(run.rglob("checksums.json")).unlink()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda r: damage_json(r, lambda f: f.update(format=99)), "newer than this i2i_zoo reads"),
        (lambda r: damage_json(r, lambda f: f.pop("domains")), "not a model description"),
        (
            lambda r: damage_json(r, lambda f: f["model"].update(name="mine")),
            "set the environment variable I2I_PLUGINS",
        ),
        (lambda r: damage_json(r, lambda f: f["model"].update(cycel=1)), "did you mean 'cycle'"),
        (lambda r: damage_json(r, lambda f: f["model"]["generator"].update(width=3)), "do not fit the model"),
        (
            lambda r: next(r.rglob("discriminators.safetensors")).write_bytes(b"junk"),
            "discriminators.safetensors is damaged, it is not what its checksum says",
        ),
        (
            lambda r: next(r.rglob("generators.average.safetensors")).write_bytes(b""),
            "generators.average.safetensors is damaged",
        ),
        (lambda r: next(r.rglob("discriminators.safetensors")).unlink(), "discriminators.safetensors is missing"),
        (unsealed_junk, "generators.average.safetensors: cannot be read as safetensors"),
    ],
)
def test_what_is_wrong_with_a_checkpoint_is_one_sentence(run, harm, words):
    harm(run)
    with pytest.raises(UserError) as error:
        i2i_zoo.load(run)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_what_is_no_model_at_all(tmp_path):
    (tmp_path / "text.safetensors").write_text("hello")
    save_file({"x": torch.zeros(1)}, tmp_path / "plain.safetensors")
    (tmp_path / "empty").mkdir()
    for name, words in (
        ("text.safetensors", "not a safetensors file"),
        ("plain.safetensors", "no model description in its header"),
        ("empty", "no checkpoint yet"),
        ("nowhere", "no such file or folder"),
    ):
        with pytest.raises(UserError, match=words):
            i2i_zoo.load(tmp_path / name)


def test_a_state_of_another_format_is_one_sentence(trainer, run):
    path = run / "checkpoints" / "000000002" / "memory.safetensors"
    save_file({f"0.{name}": tensor for name, tensor in load_file(path).items()}, path)
    with pytest.raises(UserError, match="holds no state that this i2i_zoo can resume from"):
        checkpoint.restore(trainer, path.parent)


def test_a_state_that_names_an_unknown_way_is_one_sentence(trainer, run):
    path = run / "checkpoints" / "000000002" / "state.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps(state | {"speed": state["speed"] | {"graphs": True}}))
    with pytest.raises(UserError, match="holds no state that this i2i_zoo can resume from"):
        checkpoint.restore(trainer, path.parent)


def test_the_sample_sheet_is_the_last_one_before_the_checkpoint(tmp_path):
    folder = tmp_path / "checkpoints" / "000000020"
    for step in (10, 20, 30):
        (tmp_path / "samples").mkdir(exist_ok=True)
        (tmp_path / "samples" / f"{step:09d}.png").touch()
    assert newest_samples(folder) == tmp_path / "samples" / "000000020.png"
    assert newest_samples(folder.with_name("000000005")) is None


def test_sizes_are_known_without_the_weights_if_the_file_says_them(run, tmp_path, monkeypatch):
    model, before = i2i_zoo.load(run), tmp_path / "before.safetensors"
    export(model, tmp_path / "m.safetensors", {})
    sizes = {"style_dim": 0, "parameters": {name: model.parameter_count(name) for name in model.players}}
    assert min(sizes["parameters"].values()) > 0
    with monkeypatch.context() as patched:
        patched.setattr(module, "read_tensors", None)
        for path in (run, run / "checkpoints" / "last", tmp_path / "m.safetensors"):
            assert sizes.items() <= full_description(path).items()
        patched.setattr(saving, "sizes", lambda model: {})
        export(model, before, {})
    assert "parameters" not in description(before) and sizes.items() <= full_description(before).items()
