import json

import pytest
import torch

from i2i_zoo import recipe
from i2i_zoo.errors import Notice, UserError
from i2i_zoo.recipe.files import headline, trainable
from i2i_zoo.recipe.recipe import load, merge

MINIMAL = '[model]\nname = "cyclegan"\n[data]\nname = "shoes"\n'


@pytest.mark.parametrize("name", list(trainable()))
def test_packaged_recipes_are_valid_and_say_what_they_are(name):
    loaded = load(name)
    text = recipe.packaged()[name].read_text()
    assert headline(recipe.packaged()[name])
    assert f"i2i train {name}" in text and "\n# cost" in text
    assert recipe.Recipe.parse(json.loads(json.dumps(loaded.dump()))) == loaded


def test_what_the_test_images_leave_out_is_as_in_training():
    loaded = load("ablations/maps/full", ["data.root=somewhere", "data.channels=[1, 3]", "test.fit=cover"])
    assert (loaded.test.name, loaded.test.root, loaded.test.channels) == ("paired", "somewhere", (1, 3))
    assert loaded.test.folders == ("testB", "testA") and loaded.test.domains == loaded.data.domains
    assert (loaded.data.fit, loaded.test.fit) == ("stretch", "cover"), "what it says itself counts"
    drawn = load("edges2shoes/munit", ["data.root=x", "test.name=shoes"]).test
    assert drawn.domains == ("edges", "shoes") and not hasattr(drawn, "root"), "only what it knows"


def test_extends_and_overrides(tmp_path):
    (tmp_path / "base.toml").write_text(MINIMAL + "[train]\nsteps = 5\nema = 0.5\n")
    child = tmp_path / "sub" / "child.toml"
    child.parent.mkdir()
    child.write_text('extends = "../base.toml"\n[train]\nsteps = 7\n')
    loaded = load(child, ["train.ema=0.25", "model.cycle=5.0", "data.domains=['x', 'y']"])
    assert (loaded.train.steps, loaded.train.ema, loaded.model.cycle) == (7, 0.25, 5.0)
    assert loaded.data.domains == ("x", "y")


def test_the_more_specific_of_steps_and_epochs_wins(tmp_path):
    (tmp_path / "base.toml").write_text(MINIMAL + "[train]\nepochs = 200\n")
    (tmp_path / "child.toml").write_text('extends = "base.toml"\n[train]\nsteps = 7\n')
    with pytest.warns(Notice, match=r"^train\.steps=5 takes the place of epochs = 200$"):
        assert load(tmp_path / "base.toml", ["train.steps=5"]).train.total_steps(1600) == 5
    with pytest.warns(Notice, match=r"^train\.steps=7 takes the place of epochs = 200$"):
        assert load(tmp_path / "child.toml").train.total_steps(1600) == 7
    with pytest.warns(Notice) as said:
        assert load(tmp_path / "child.toml", ["train.epochs=2"]).train.total_steps(10) == 20
    assert str(said[1].message) == "train.epochs=2 takes the place of steps = 7"


def test_only_in_train_do_steps_take_the_place_of_epochs():
    assert merge({"mine": {"epochs": 3}}, {"mine": {"steps": 5}}) == {"mine": {"epochs": 3, "steps": 5}}
    assert merge({"model": {"train": {"epochs": 3}}}, {"model": {"train": {"steps": 5}}})["model"]["train"] == {
        "epochs": 3,
        "steps": 5,
    }


def test_the_same_knob_again_takes_no_other_ones_place(tmp_path):
    kept = load("unpaired/cyclegan", ["data.root=x"])
    (tmp_path / "recipe.json").write_text(json.dumps(kept.dump()))  # which names steps, too, though epochs count
    assert load(tmp_path, ["train.epochs=300"]).train.epochs == 300


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (["train.best=cycle_l1"], "train.best = 'cycle_l1' has no effect without train.evaluate_every"),
        (["evaluate.knobs.fid={}"], "evaluate.knobs.fid has no effect: evaluate.metrics does not name it"),
        (["data.cache=none", "data.cache_gb=2.0"], "data.cache_gb has no effect with data.cache = 'none'"),
        (["data.augment.flip=0.0", "data.augment_for={edges={}, shoes={}}"], "data.augment has no effect"),
        (
            ["train.optimizer.lr=1.0", "train.optimizer_for={generators={lr=0.1}, discriminators={lr=0.1}}"],
            "train.optimizer has",
        ),
    ],
)
def test_a_knob_that_another_one_leaves_without_effect_is_said(tmp_path, overrides, line):
    (tmp_path / "r.toml").write_text(MINIMAL)
    with pytest.warns(Notice) as said:
        loaded = load(tmp_path / "r.toml", overrides)
    assert [str(one.message)[: len(line)] for one in said] == [line]
    (tmp_path / "recipe.json").write_text(json.dumps(load(tmp_path / "r.toml", overrides[1:]).dump()))
    assert loaded, "without the idle knob nothing is said, nor of a run, which keeps the defaults too"
    load(tmp_path)


def test_folders_that_the_test_table_leaves_without_effect_are_said(tmp_path):
    folders = "test_folders = ['c', 'd']\n"
    tables = '[model]\nname = "cyclegan"\n[data]\nname = "unpaired"\ndomains = ["a", "b"]\n'
    test = '[test]\nname = "paired"\nlayout = "side-by-side"\nfolders = ["c", "d"]\n'
    (tmp_path / "r.toml").write_text(tables + folders + test)
    with pytest.warns(Notice) as said:
        load(tmp_path / "r.toml")
    assert [str(one.message) for one in said] == [
        "data.test_folders has no effect: [test] names the test images",
        "test.folders has no effect with test.layout = 'side-by-side'",
    ]


def test_a_run_keeps_its_length(tmp_path):
    kept = load("unpaired/cyclegan", ["data.root=x"])
    (tmp_path / "recipe.json").write_text(json.dumps(kept.dump()))
    assert load(tmp_path).train == kept.train and kept.train.epochs == 200


def test_steps_and_epochs_in_one_file_is_an_error(tmp_path):
    (tmp_path / "both.toml").write_text(MINIMAL + "[train]\nsteps = 5\nepochs = 2\n")
    with pytest.raises(UserError, match=r"both steps and epochs .*both\.toml.*keep one"):
        load(tmp_path / "both.toml")


def test_a_table_with_another_name_starts_afresh():
    below = {"net": {"name": "resnet", "blocks": 3}, "lr": 1}
    assert merge(below, {"net": {"name": "unet"}}) == {"net": {"name": "unet"}, "lr": 1}
    assert merge(below, {"net": {"width": 2}}) == {"net": {"name": "resnet", "blocks": 3, "width": 2}, "lr": 1}


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("model.cycel=5.0", "recipe.model.cycel: no such key; did you mean 'cycle'?"),
        ("modle.cycle=5.0", "recipe.modle: no such key; did you mean 'model'?"),
        ("model.name=cyclgan", "recipe.model.name: no model is called 'cyclgan'; did you mean 'cyclegan'?"),
        ("train.steps=1e3", "recipe.train.steps: expected an integer, got 1000.0"),
        ("train.steps=many", "recipe.train.steps: expected an integer, got 'many'"),
        ("train.steps", "'train.steps': an override is written key=value, for example train.steps=1000"),
        ("train.schedule={name='linera'}", "no schedule is called 'linera'; did you mean 'linear'?"),
        ("plugins=['no_such_module']", "recipe.plugins: cannot import 'no_such_module'"),
    ],
)
def test_mistakes_in_overrides(tmp_path, override, line):
    (tmp_path / "r.toml").write_text(MINIMAL)
    with pytest.raises(UserError) as error:
        load(tmp_path / "r.toml", [override])
    assert line in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[model", "cannot be read as a recipe"),
        ('extends = "r.toml"', "extends itself"),
        ('extends = "nowhere.toml"', "nowhere.toml: cannot be read"),
        ("extends = 3", "expected the path of a file"),
        ("[data]\nname = 'shoes'", "recipe.model: missing"),
    ],
)
def test_mistakes_in_files(tmp_path, text, words):
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(UserError, match=words):
        load(tmp_path / "r.toml")


def test_an_unknown_recipe_suggests():
    with pytest.raises(UserError, match="did you mean 'shoes/quickstart'"):
        load("shoes/quikstart")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("data.size=62", "recipe.data.size: 62 does not fit the model's networks; take a multiple of 16, at least 32"),
        ("data.size=8", "at least 32"),
        ("train.optimizer.algorithm=adm", "timm has no 'adm'; did you mean 'adam"),
        ("train.optimizer_for={critics={}}", "no such player"),
        ("data.resize=32", "smaller than the crop"),
        ("data.augment_for={shoe={}}", "did you mean 'shoes'"),
        ("data.domains=['a', 'a']", "two different names"),
        ("model.identity=0.5", "set model.identity=0"),
    ],
)
def test_parts_that_do_not_fit_together(override, words):
    from i2i_zoo.training import Trainer

    loaded = load("shoes/quickstart", [override])
    with pytest.raises(UserError) as error:
        loaded.build_data()
        Trainer(loaded.build_model(), loaded.train)
    assert words in str(error.value)


def test_a_plugin_that_the_environment_names_is_imported_for_checkpoints(tmp_path, monkeypatch):
    (tmp_path / "env_plugin.py").write_text(
        "from i2i_zoo.models.cyclegan import CycleGAN\n"
        "from i2i_zoo.registry import models\n"
        "@models.register('env-gan')\n"
        "class EnvGAN(CycleGAN):\n"
        "    class Config(CycleGAN.Config):\n"
        "        pass\n"
    )
    from i2i_zoo.registry import models

    assert "env-gan" not in models
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("I2I_PLUGINS", "env_plugin")
    try:
        assert models["env-gan"].name == "env-gan"
    finally:
        models._classes.pop("env-gan", None)
    monkeypatch.setenv("I2I_PLUGINS", "no_such_plugin")
    with pytest.raises(UserError, match="I2I_PLUGINS: cannot import 'no_such_plugin'"):
        models["cyclegan"]


def test_plugins_register_models_of_ones_own(tmp_path, monkeypatch):
    (tmp_path / "my_plugin.py").write_text(
        "from i2i_zoo.models.cyclegan import CycleGAN\n"
        "from i2i_zoo.registry import models\n"
        "@models.register('my-gan')\n"
        "class MyGAN(CycleGAN):\n"
        "    class Config(CycleGAN.Config):\n"
        "        extra: float = 1.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from i2i_zoo.registry import models

    try:
        loaded = load("shoes/quickstart", ["plugins=['my_plugin']", "model={name='my-gan', extra=2.0}"])
        assert loaded.build_model().config.extra == 2.0
        assert models["cyclegan"].Config.name == "cyclegan"
    finally:
        models._classes.pop("my-gan", None)


@pytest.mark.parametrize(
    ("folder", "domains"), [("ablations", ("labels", "photo")), ("ablations/maps", ("map", "aerial"))]
)
def test_the_ablations_are_five_recipes_that_extend_one_and_differ_in_a_weight(folder, domains):
    losses = {}
    images = {d: torch.rand(1, 3, 64, 64) for d in domains}
    small = ["model.generator.width=2", "model.generator.blocks=1", "model.discriminator={name='patchgan', width=2}"]
    for name in ("cycle", "gan", "gan_forward", "gan_backward", "full"):
        assert 'extends = "base.toml"' in recipe.packaged()[f"{folder}/{name}"].read_text()
        model = load(f"{folder}/{name}", small).build_model()
        losses[name] = [loss for turn in model.turns(images, 0) for loss in turn.losses]
    gan = ["fool_b", "fool_a"], ["judge_b", "judge_a"]
    assert losses == {
        "cycle": ["cycle_a", "cycle_b"],
        "gan": gan[0] + gan[1],
        "gan_forward": [*gan[0], "cycle_a", *gan[1]],
        "gan_backward": [*gan[0], "cycle_b", *gan[1]],
        "full": [*gan[0], "cycle_a", "cycle_b", *gan[1]],
    }


ADAM = {"algorithm": "adam", "lr": 1e-4, "betas": [0.5, 0.999], "weight_decay": 1e-4}


@pytest.mark.parametrize(
    "name", ["edges2shoes/munit_paper", "summer2winter/munit", "edges2shoes/unit_paper", "maps/unit"]
)
def test_unit_and_munit_are_trained_as_published(name):
    train = load(name).train.dump()
    assert train["optimizer"] == ADAM and train["steps"] == 1_000_000 and train["batch"] == 1
    assert train["schedule"] == {"name": "step", "every": 100_000, "factor": 0.5}


def test_munit_has_the_weights_of_the_paper():
    model = load("edges2shoes/munit_paper").model
    assert (model.adversarial, model.image, model.content, model.style, model.cycle) == (1, 10, 1, 1, 0)
    assert load("summer2winter/munit").model.cycle == load("day2night/munit").model.cycle == 10
    generator, critic = model.generator, model.discriminator
    assert (generator.width, generator.mlp_width, generator.halvings, generator.blocks) == (64, 256, 2, 4)
    assert (model.style_dim, critic.width, critic.scales, critic.layers) == (8, 64, 3, 4)


def test_unit_has_the_weights_of_the_paper_and_of_its_later_code():
    paper, code = load("edges2shoes/unit_paper").model, load("edges2shoes/unit_code").model
    names = ("adversarial", "image", "kl", "cycle", "cycle_kl")
    assert [getattr(paper, n) for n in names] == [10, 100, 0.1, 100, 0.1]
    assert [getattr(code, n) for n in names] == [1, 10, 0.01, 10, 0.01]
    assert (paper.shared_blocks, paper.gan.objective) == (1, "vanilla")
    assert (code.shared_blocks, code.gan.objective) == (0, "lsgan")


@pytest.mark.parametrize("name", ["edges2shoes/cyclegan_paper", "maps/cyclegan", "monet2photo/cyclegan"])
def test_cyclegan_is_trained_as_published(name):
    loaded = load(name)
    model, train = loaded.model, loaded.train
    assert (model.cycle, model.forward, model.backward, model.pool) == (10, 1, 1, 50)
    assert model.identity == (0.5 if name.startswith("monet") else 0)
    assert (train.optimizer.lr, train.optimizer.betas, train.batch) == (2e-4, (0.5, 0.999), 1)
    assert train.schedule.dump() == {"name": "linear", "constant": 0.5}
    assert (loaded.data.crop_size, loaded.data.load_size) == ((256, 256), (286, 286))
