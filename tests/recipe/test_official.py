"""Recipes of the official projects' options."""

import re
from pathlib import Path

import pytest

from i2i_zoo.errors import UserError
from i2i_zoo.recipe import load
from i2i_zoo.recipe.official import from_official

OPTIONS = """----------------- Options ---------------
               batch_size: 4                             \t[default: 1]
                 dataroot: ./datasets/horse2zebra        \t[default: None]
                crop_size: 128
                 lambda_B: 5.0
             lambda_identity: 0.0
                load_size: 143
                     netD: n_layers
               n_layers_D: 2
                     netG: unet_128
                      ngf: 32
                     norm: batch
                  no_flip: True
                 n_epochs: 30
           n_epochs_decay: 10
                 gan_mode: wgangp
                init_type: kaiming
                   suffix:
----------------- End -------------------
"""
CONFIG = """
max_iter: 2000
batch_size: 2
lr: 1e-4          # which YAML takes for text
weight_decay: 0.0001
lr_policy: step
step_size: 500
gamma: 0.25
init: gaussian
gan_w: 1
recon_x_w: 5
vgg_w: 1
gen: {dim: 32, n_downsample: 2, n_res: 3, activ: relu, pad_type: reflect%s}
dis: {dim: 16, n_layer: 3, num_scales: 2, gan_type: lsgan, norm: none, activ: lrelu, pad_type: reflect}
new_size: 128
crop_image_height: 96
crop_image_width: 128
data_root: ./datasets/cats
"""


def written(tmp_path, source):
    """The recipe, read as a user's file, and the notes."""
    text, notes = from_official(str(source))
    (tmp_path / "new.toml").write_text(text)
    for note in notes:
        assert f"# without a counterpart: {note}\n" in text
    return load(tmp_path / "new.toml"), notes


def test_options_of_a_cyclegan_run(tmp_path):
    (tmp_path / "train_opt.txt").write_text(OPTIONS)
    recipe, notes = written(tmp_path, tmp_path / "train_opt.txt")
    model, data, train = recipe.model, recipe.data, recipe.train
    assert (model.name, model.cycle, model.forward, model.backward) == ("cyclegan", 10.0, 1.0, 0.5)
    assert (model.identity, model.pool, model.gan.objective) == (0.0, 50, "wgan-gp")
    assert model.generator.dump() == {"name": "unet", "depth": 7, "width": 32, "norm": "batch", "dropout": 0.0}
    assert (model.discriminator.name, model.discriminator.layers, model.discriminator.norm) == ("patchgan", 2, "batch")
    assert (data.root, data.domains, data.size, data.resize) == ("./datasets/horse2zebra", ("horse", "zebra"), 128, 143)
    assert (data.augment.flip, train.epochs, train.batch, train.schedule.constant) == (0.0, 40, 4, 0.75)
    assert (train.optimizer.lr, train.optimizer.betas, train.names) == (2e-4, (0.5, 0.999), "official")
    assert notes == ["init_type = kaiming"]


def test_a_command_line_has_the_official_defaults(tmp_path):
    command = "python train.py --dataroot ./maps --netG resnet_6blocks --n_epochs=50 --direction BtoA --foo 3"
    recipe, notes = written(tmp_path, command)
    assert (recipe.model.identity, recipe.model.generator.blocks, recipe.model.generator.width) == (0.5, 6, 64)
    assert (recipe.data.domains, recipe.data.folders) == (("B", "A"), ("trainB", "trainA"))
    assert (recipe.train.epochs, recipe.data.resize, recipe.data.size) == (150, 286, 256)
    assert [note.split(":")[0] for note in notes] == ["direction = BtoA", "foo = 3"]


def test_names_of_before_2019_and_cut(tmp_path):
    old = "python train.py --dataroot d --which_model_netG unet_256 --fineSize 512 --loadSize 572 --niter 7 --no_lsgan"
    recipe, notes = written(tmp_path, old)
    assert (recipe.model.generator.depth, recipe.data.size, recipe.data.resize) == (8, 512, 572)
    assert (recipe.train.epochs, recipe.model.gan.objective) == (107, "vanilla") and notes == []
    recipe, notes = written(tmp_path, "python train.py --dataroot d --CUT_mode FastCUT --nce_idt False")
    assert recipe.train.epochs == 400 and len(notes) == 1 and "model cut: is not in this zoo" in notes[0]


@pytest.mark.parametrize("kind", ["munit", "unit"])
def test_yaml_configs(tmp_path, kind):
    text = CONFIG % (", style_dim: 4, mlp_dim: 64" if kind == "munit" else "")
    (tmp_path / "config.yaml").write_text(text)
    recipe, notes = written(tmp_path, tmp_path / "config.yaml")
    model, train = recipe.model, recipe.train
    assert (model.name, model.image, model.perceptual.weight, model.generator.blocks) == (kind, 5.0, 1.0, 3)
    assert kind == "unit" or (model.style_dim, model.generator.mlp_width) == (4, 64)
    assert (model.discriminator.width, model.discriminator.layers, model.discriminator.scales) == (16, 3, 2)
    assert (recipe.data.size, recipe.data.resize, recipe.data.fit) == ((96, 128), (128, 128), "cover")
    assert (train.steps, train.batch, train.schedule.every, train.schedule.factor) == (2000, 2, 500, 0.25)
    assert train.optimizer.lr == 1e-4 and notes == ["init = gaussian"]


@pytest.mark.advice(
    "recipe/official/write.py: no such file; give a train_opt.txt",
    "recipe/official/junyanz.py: give options of cycle_gan or cut",
    "recipe/official/junyanz.py: mend the option",
    "recipe/official/junyanz.py: check its quotes",
    "config.py: ",
)
@pytest.mark.parametrize(
    ("source", "words", "mended"),
    [
        ("train.txt", "no such file; give a train_opt.txt", "python train.py --dataroot d"),
        (
            "python train.py --dataroot d --model pix2pix",
            "give options of cycle_gan or cut",
            "train.py --model cycle_gan",
        ),
        (
            "python train.py --dataroot d --ngf many",
            "ngf is many, which is no int; mend the option",
            "train.py --ngf 2",
        ),
        ("python train.py --dataroot 'd", "is no command line", "python train.py --dataroot 'd'"),
        ("python train.py --dataroot d --norm layer", "recipe.model.generator.norm", "train.py --norm batch"),
    ],
)
def test_what_is_no_recipe_is_one_sentence(source, words, mended):
    with pytest.raises(UserError, match=re.escape(words)):
        from_official(source)
    assert from_official(mended)


@pytest.mark.filterwarnings("always::i2i_zoo.errors.Notice")
def test_the_command_writes_and_says_what_is_lost(i2i):
    Path("opt.txt").write_text(OPTIONS)
    done = i2i("recipe", "--from", "opt.txt", "--out", "new.toml")
    assert done.code == 0 and "i2i check new.toml" in done.out
    assert "warning: without a counterpart: init_type = kaiming" in done.err
    printed = i2i("recipe", "--from", "opt.txt").out
    assert printed == Path("new.toml").read_text() and printed.startswith("# The official options of opt.txt")
    assert i2i("recipe", "--from", "opt.txt", "--out", "new.yaml").code == 1


@pytest.mark.advice("recipe/official/junyanz.py: give the train_opt.txt of a run")
def test_a_file_without_options_is_another(tmp_path):
    (tmp_path / "opt.txt").write_text("hello")
    with pytest.raises(UserError, match=r"give the train_opt.txt of a run"):
        from_official(tmp_path / "opt.txt")
    (tmp_path / "opt.txt").write_text("dataroot: d\nname: x\n")
    assert from_official(tmp_path / "opt.txt")


@pytest.mark.advice("recipe/official/nvlabs.py: mend it")
def test_a_config_with_a_wrong_number_is_mended(tmp_path):
    text = "lr: {}\ngen: {{dim: 2}}\ndis: {{dim: 2}}\n"
    (tmp_path / "c.yaml").write_text(text.format("fast"))
    with pytest.raises(UserError, match="lr is fast, which is no float; mend it"):
        from_official(tmp_path / "c.yaml")
    (tmp_path / "c.yaml").write_text(text.format("1e-4"))
    assert from_official(tmp_path / "c.yaml")
