"""Whole models from official files, found by pointing at them."""

from __future__ import annotations

import pytest
import torch
import yaml
from official_states import save_cyclegan, save_munit, state

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.interop import load_official, read_official, write_official
from i2i_zoo.training import Trainer
from i2i_zoo.weights.model import export

IMAGE = torch.linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16)
HORSES = ("horse", "zebra")


def weight(model, path):
    return dict(model.named_parameters())[path]


def test_a_folder_gives_both_directions_and_the_critics(tmp_path):
    model, report = read_official(save_cyclegan(tmp_path, nets="G_A G_B D_A D_B"), HORSES)
    assert model.name == "cyclegan" and not model.training and model.missing_networks == ()
    assert model.domains == HORSES and model.targets == HORSES
    for seed, (path, case, key) in enumerate(
        [
            ("generators.a2b.head.weight", "resnet.instance.0", "model.17.weight"),
            ("generators.b2a.head.weight", "resnet.instance.0", "model.17.weight"),
            ("discriminators.b.critic.0.weight", "pixelgan.instance", "net.0.weight"),  # D_A judges what G_A makes
            ("discriminators.a.critic.0.weight", "pixelgan.instance", "net.0.weight"),
        ]
    ):
        assert torch.equal(weight(model, path), state(case, seed)[key]), path
    text = "\n".join(report.lines(layers=True))
    assert "latest_net_D_A.pth -> discriminators.b: PixelGAN (width 2, instance norm)" in text
    assert "model.17.weight  (3, 2, 7, 7)  ->  head.weight" in text
    assert "model.1.bias  (2,)  ->  dropped" in text and "assumed, for tensors cannot tell: padding: reflect" in text


def test_the_newest_epoch_or_the_one_that_is_named(tmp_path):
    for seed, epoch in enumerate(("5", "100", "20", "latest", "iter_900")):
        save_cyclegan(tmp_path, epoch, nets="G_A")
        torch.save(state("resnet.instance.0", seed), tmp_path / f"{epoch}_net_G_A.pth")
    torch.save(state("pixelgan.instance"), tmp_path / "300_net_D_A.pth")  # no generator of that epoch
    seeds = {None: 3, "5": 0, 100: 1, "iter_900": 4}
    for epoch, seed in seeds.items():
        model = load_official(tmp_path, HORSES, epoch=epoch)
        assert torch.equal(model.generators["a2b"].head.weight, state("resnet.instance.0", seed)["model.17.weight"])
    (tmp_path / "latest_net_G_A.pth").unlink()
    assert torch.equal(
        load_official(tmp_path, HORSES).generators["a2b"].head.bias, state("resnet.instance.0", 1)["model.17.bias"]
    )
    with pytest.raises(UserError, match=r"has no epoch '7'; there are iter_900, 5, 20, 100"):
        load_official(tmp_path, HORSES, epoch="7")


@pytest.mark.parametrize(
    ("net", "to", "other"), [("G", "zebra", "horse"), ("G_A", "zebra", "horse"), ("G_B", "horse", "zebra")]
)
def test_one_direction(tmp_path, net, to, other):
    path = save_cyclegan(tmp_path, nets=net) / f"latest_net_{net}.pth"
    model = load_official(path, HORSES)
    export(model, tmp_path / "m.safetensors", {})
    for either in (model, i2i_zoo.load(tmp_path / "m.safetensors")):
        assert either.targets == (to,)
        with torch.no_grad():
            assert torch.equal(either.translate(IMAGE, to), model.translate(IMAGE, to))
        words = f"translates from '{other}' to '{to}' only: the other way is not in its file"
        with pytest.raises(UserError, match=words):
            either.translate(IMAGE, other)
        with pytest.raises(UserError, match=words):
            i2i_zoo.translate(either, "x.png", to=other)


def test_what_is_absent_is_not_written(tmp_path):
    model, report = read_official(save_cyclegan(tmp_path, nets="G_A D_B"), HORSES)
    assert model.missing_networks == ("generators.b2a", "discriminators.b")
    assert sum(line.startswith("absent: ") for line in report.lines()) == 2
    assert {key.split(".")[0] for p in model.players for key in model.learned(p)} == {"a2b", "a"}


def test_a_trainer_makes_it_whole(tmp_path):
    model = load_official(save_cyclegan(tmp_path, nets="G_A"), HORSES)
    trainer = Trainer(model)
    assert model.missing_networks == () and model.targets == HORSES
    images = torch.linspace(-1, 1, 3 * 32 * 32).view(1, 3, 32, 32)
    trainer.advance([{"horse": images, "zebra": images}])


def test_unequal_channels(tmp_path):
    torch.save(state("resnet.instance"), tmp_path / "latest_net_G_A.pth")
    model = load_official(tmp_path, ("photo", "sketch"))
    assert model.channels == {"photo": 3, "sketch": 1}
    assert model.translate(IMAGE, "sketch").shape == (1, 1, 16, 16)


@pytest.mark.advice(
    "interop/cyclegan.py: give those of one training",
    "interop/cyclegan.py: give both of one training",
    "interop/cyclegan.py: give the files their own names",
)
@pytest.mark.parametrize(
    ("nets", "words"),
    [
        ({"G_A": "resnet.instance", "G_B": "resnet.instance"}, "do not belong together"),
        ({"G_A": "resnet.instance", "G_B": "unet.instance"}, "both generators must be of one shape"),
        ({"G_A": "pixelgan.instance"}, "holds a PixelGAN .* where a generator is needed"),
        ({"G_A": "resnet.instance.0", "D_A": "resnet.instance.0"}, "where a discriminator is needed"),
        ({"G_A": "resnet.instance", "D_A": "pixelgan.instance"}, "do not belong together"),
    ],
)
def test_networks_that_are_no_pair(tmp_path, nets, words):
    for net, case in nets.items():
        torch.save(state(case), tmp_path / f"latest_net_{net}.pth")
    with pytest.raises(UserError, match=words):
        load_official(tmp_path, HORSES)
    for net in nets:
        torch.save(
            state("resnet.instance.0" if net[0] == "G" else "patchgan4.instance"), tmp_path / f"latest_net_{net}.pth"
        )
    load_official(tmp_path, HORSES)


def test_data_parallel_and_half_precision(tmp_path):
    plain = load_official(save_cyclegan(tmp_path / "plain", nets="G_A"), HORSES)
    wrapped = {f"module.{key}": t.half() for key, t in state("resnet.instance.0").items()}
    torch.save(wrapped, tmp_path / "latest_net_G_A.pth")
    model = load_official(tmp_path / "latest_net_G_A.pth", HORSES)
    assert model.generators["a2b"].head.weight.dtype == torch.float32
    torch.testing.assert_close(model.generators.state_dict()["a2b.head.weight"], plain.generators["a2b"].head.weight,
                               atol=1e-3, rtol=0)  # fmt: skip


def test_a_file_of_before_torch_1_6(tmp_path):
    path = tmp_path / "200_net_G_A.pth"
    torch.save(state("resnet.batch"), path, _use_new_zipfile_serialization=False)
    assert load_official(path, HORSES).config.generator.norm == "batch"


@pytest.mark.parametrize("kind", ["munit", "unit"])
def test_nvlabs(tmp_path, kind):
    path = save_munit(tmp_path, kind)
    model, report = read_official(path, HORSES)
    assert model.name == kind and model.missing_networks == () and model.config.generator.blocks == 2
    assert list(model.channels.values()) == [3, 1 if kind == "munit" else 3]
    assert model.config.discriminator.scales == 2 and model.config.discriminator.layers == 3
    notes = [line for line in report.lines() if "no config.yaml" in line]
    assert "padding reflect, activations relu and lrelu" in notes[0] and "weights of the losses" in notes[1]
    assert model.translate(IMAGE, "zebra").shape[-2:] == (16, 16)
    assert torch.equal(model.generators["a"].state_dict()[next(iter(model.generators["a"].state_dict()))],
                       next(iter(state(f"{kind}.3", 1).values())))  # fmt: skip
    if kind == "munit":
        assert model.config.style_dim == 3


def test_nvlabs_folder_newest_and_critics_that_are_missing(tmp_path):
    save_munit(tmp_path / "run" / "checkpoints", step="00000010")
    save_munit(tmp_path / "run" / "checkpoints", step="00000200", critics=False)
    newest = load_official(tmp_path / "run", HORSES)
    assert newest.missing_networks == ("discriminators.a", "discriminators.b")
    assert newest.config.discriminator.scales == 3  # as published
    assert load_official(tmp_path / "run", HORSES, epoch=10).missing_networks == ()


def test_a_file_of_any_name_with_module_in_front(tmp_path):
    states = {role: {f"module.{key}": t for key, t in state("unit.3").items()} for role in "ab"}
    torch.save(states, tmp_path / "summer2winter.pt")
    assert load_official(tmp_path / "summer2winter.pt", HORSES).name == "unit"


CONFIG = {
    "gan_w": 2, "recon_x_w": "1e1", "recon_c_w": 3.5, "recon_s_w": 4, "recon_x_cyc_w": 5, "recon_kl_w": 0.5, "vgg_w": 1,
    "gen": {"dim": 4, "n_res": 2, "pad_type": "reflect"}, "dis": {"gan_type": "nsgan", "num_scales": 2, "n_layer": 3},
}  # fmt: skip


def write(folder, **changes):
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG | changes))


@pytest.mark.parametrize("critics", [True, False])
def test_what_the_config_says(tmp_path, critics):
    path = save_munit(tmp_path / "checkpoints", critics=critics)
    write(tmp_path)  # the official code writes it one folder above
    model, report = read_official(path, HORSES)
    c = model.config
    assert (c.adversarial, c.image, c.content, c.style, c.cycle) == (2, 10, 3.5, 4, 5)
    assert c.gan.objective == "nonsaturating" and c.discriminator.scales == 2 and c.discriminator.layers == 3
    assert any("not used: vgg_w" in line for line in report.lines())
    assert not any("assumed" in line for line in report.lines())


@pytest.mark.advice(
    "interop/settings.py: mend it, or move it away to go without",
    "interop/settings.py: give the config of this run",
    "interop/settings.py: give weights with that",
    "config.py: ",
)
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gen": {"pad_type": "zero"}}, "gen.pad_type is 'zero', and our networks have 'reflect' only"),
        ({"dis": {"norm": "sn"}}, "dis.norm is 'sn', and our networks have 'none' only"),
        ({"gen": {"dim": 64}}, "gen.dim is 64, but the tensors say 4"),
        ({"dis": {"gan_type": "wgan"}}, "dis.gan_type is 'wgan', not one of lsgan, nsgan"),
        ({"gan_w": "heavy"}, "gan_w is 'heavy', which is no number"),
        ({"gan_w": -1}, "adversarial: expected greater than or equal to 0"),
        ({"gen": 3}, "has tables `gen` and `dis`"),
    ],
)
def test_a_config_that_does_not_fit(tmp_path, changes, words):
    path = save_munit(tmp_path)
    write(tmp_path, **changes)
    with pytest.raises(UserError) as error:
        load_official(path, HORSES)
    assert words in str(error.value) and "config.yaml" in str(error.value) and "\n" not in str(error.value)
    if "move it away" in str(error.value):
        (tmp_path / "config.yaml").unlink()
        load_official(path, HORSES)
    write(tmp_path)
    load_official(path, HORSES)


@pytest.mark.parametrize(
    "text",
    ["a: [", "- 1", "!!python/object/apply:os.system ['touch executed']", "[" * 3000, "x: " + "y" * (1 << 20), "\0"],
)
def test_a_config_that_is_none(tmp_path, text, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = save_munit(tmp_path)
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(UserError, match=r"config.yaml: ") as error:
        load_official(path, HORSES)
    assert "\n" not in str(error.value) and not (tmp_path / "executed").exists()
    (tmp_path / "config.yaml").unlink()
    load_official(path, HORSES)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_weights_of_any_precision(tmp_path, dtype):
    small = {
        "generator": {"name": "resnet", "width": 2, "blocks": 1},
        "discriminator": {"name": "pixelgan", "width": 2},
    }
    files = write_official(i2i_zoo.create("cyclegan", ("a", "b"), **small), "cyclegan-pytorch", tmp_path)
    state = torch.load(files[0], weights_only=True)
    torch.save({key: tensor.to(dtype) for key, tensor in state.items()}, tmp_path / "half_net_G.pth")
    model = load_official(tmp_path / "half_net_G.pth", ("a", "b"))
    assert all(weight.dtype == torch.float32 for weight in model.parameters())


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(
            lambda gen, dis: torch.save({"a": state("msdis.3")}, dis),
            marks=pytest.mark.advice("interop/munit.py: give the weights of an official network as it was published"),
        ),
        pytest.param(
            lambda gen, dis: gen.write_bytes(dis.read_bytes()),
            marks=pytest.mark.advice("interop/munit.py: give the files their own names"),
        ),
        pytest.param(
            lambda gen, dis: torch.save({"a": state("munit.3"), "b": state("unit.3")}, gen),
            marks=pytest.mark.advice("interop/munit.py: give both of one training"),
        ),
    ],
)
def test_files_of_munit_are_given_as_advised(tmp_path, harm):
    path = save_munit(tmp_path)
    harm(path, tmp_path / "dis_00000010.pt")
    with pytest.raises(UserError):
        load_official(path, HORSES)
    load_official(save_munit(tmp_path), HORSES)
