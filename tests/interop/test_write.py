"""Ours as official files: what the official code finds there, and what comes back."""

from __future__ import annotations

import re

import pytest
import torch
import yaml
from official_states import KEYS

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.interop import load_official, write_official
from i2i_zoo.weights.model import export

DOMAINS = ("edges", "shoes")
TINY = {"width": 3, "blocks": 1}
AUTOENCODER = {"generator": TINY, "discriminator": {"name": "multiscale", "width": 2, "layers": 2, "scales": 2}}
MODELS = {
    "resnet": ("cyclegan-pytorch", {"generator": {"name": "resnet", **TINY, "dropout": 0.5},
                                    "discriminator": {"name": "patchgan", "width": 2}}),
    "unet": ("cyclegan-pytorch", {"generator": {"name": "unet", "width": 2, "depth": 6, "norm": "batch"},
                                  "discriminator": {"name": "pixelgan", "width": 2, "norm": "batch"}}),
    "unit": ("unit", {**AUTOENCODER, "kl": 0.5}),
    "munit": ("munit", {**AUTOENCODER, "style_dim": 5, "cycle": 10.0, "gan": {"objective": "nonsaturating"}}),
}  # fmt: skip


def tiny(case, **knobs):
    name = "cyclegan" if case in ("resnet", "unet") else case
    return i2i_zoo.create(name, DOMAINS, (1, 3), **MODELS[case][1] | knobs).eval()


@pytest.mark.parametrize("case", MODELS)
def test_ours_there_and_back(tmp_path, case):
    model = tiny(case)
    files = write_official(model, MODELS[case][0], tmp_path / "official", step=12)
    back = load_official(tmp_path / "official", DOMAINS)
    assert back.config == model.config and back.channels == model.channels and back.missing_networks == ()
    state = model.state_dict()
    assert back.state_dict().keys() == state.keys()
    assert all(torch.equal(tensor, state[key]) for key, tensor in back.state_dict().items())
    if case in ("resnet", "unet"):
        names = {f"latest_net_{net}.pth" for net in ("G_A", "G_B", "D_A", "D_B")}
    else:
        names = {"gen_00000012.pt", "dis_00000012.pt", "config.yaml"}
    assert {file.name for file in files} == names == {file.name for file in (tmp_path / "official").iterdir()}


def test_keys_and_shapes_are_the_official_ones(tmp_path):
    small = {"generator": {"width": 4, "blocks": 2, "mlp_width": 5}, "style_dim": 3}
    write_official(tiny("munit", **small), "munit", tmp_path)
    found = torch.load(tmp_path / "gen_00000000.pt", weights_only=True)
    for role, case in ("a", "munit.1"), ("b", "munit.3"):
        assert [(key, list(tensor.shape)) for key, tensor in found[role].items()] == list(KEYS[case].items())
    tables = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert (tables["input_dim_a"], tables["input_dim_b"], tables["recon_x_cyc_w"]) == (1, 3, 10.0)
    assert tables["gen"] == {"dim": 4, "n_downsample": 2, "n_res": 2, "mlp_dim": 5, "style_dim": 3,
                             "pad_type": "reflect", "activ": "relu"}  # fmt: skip
    assert tables["dis"]["gan_type"] == "nsgan" and tables["dis"]["activ"] == "lrelu"


def test_of_one_direction_only_what_is_there(tmp_path):
    model = tiny("resnet")
    model.missing_networks = ("generators.b2a", "discriminators.a")
    write_official(model, "cyclegan-pytorch", tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"latest_net_G_A.pth", "latest_net_D_A.pth"}
    assert load_official(tmp_path, DOMAINS).missing_networks == model.missing_networks


@pytest.mark.advice("interop/write.py: use `i2i export`", "interop/write.py: write it with --to")
@pytest.mark.parametrize(
    ("case", "knobs", "words"),
    [
        ("resnet", {"generator": {"name": "resnet", "upsample": "resize"}}, "has transposed convolutions only"),
        ("resnet", {"generator": {"name": "resnet", "skip": True}}, "ResNet has no skip"),
        ("resnet", {"generator": {"name": "unet", "depth": 3, "width": 2}}, "the official U-Net has 5 or more, not 3"),
        ("resnet", {"discriminator": {"name": "patchgan", "width": 2, "scales": 2}}, "has one scale and no spectral"),
        ("resnet", {"discriminator": {"name": "multiscale", "width": 2}}, "has no network like 'multiscale'"),
        ("unit", {"shared_blocks": 1}, "shares no weights between the domains"),
        ("unit", {"discriminator": {"name": "patchgan", "width": 2}}, "has no 'patchgan' there"),
        ("munit", {}, "the model is a munit; write it with --to munit"),
    ],
)
def test_what_the_official_code_does_not_have(tmp_path, case, knobs, words):
    with pytest.raises(UserError, match=words):
        write_official(tiny(case, **knobs), "unit" if case == "unit" else "cyclegan-pytorch", tmp_path / "official")
    assert not list(tmp_path.iterdir())
    export(tiny(case, **knobs), tmp_path / "w.safetensors", {})


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"generator": {"width": 2, "style_halvings": 3}}, "generator.style_halvings: the official style encoder"),
        ({"gan": {"objective": "hinge"}}, "gan.objective: the official code has lsgan and nsgan, no 'hinge'"),
    ],
)
def test_what_the_official_munit_cannot_be_is_refused(tmp_path, knobs, sentence):
    with pytest.raises(UserError, match=sentence):
        write_official(tiny("munit", **knobs), "munit", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_code_that_is_advised_takes_the_model_or_is_not_advised(tmp_path):
    advised = re.compile(r"write it with --to (\S+)$")
    for knobs, says in (({}, "munit"), ({"gan": {"objective": "hinge"}}, None)):
        with pytest.raises(UserError) as caught:
            write_official(tiny("munit", **knobs), "unit", tmp_path / "out")
        found = advised.search(str(caught.value))
        assert (found and found[1]) == says
        if found:
            assert write_official(tiny("munit", **knobs), found[1], tmp_path / "out")
        else:
            text = "--to munit cannot have it either (gan.objective: the official code has lsgan and nsgan, no 'hinge')"
            assert f"{text}, so use `i2i export`" in str(caught.value)
            export(tiny("munit", **knobs), tmp_path / "w.safetensors", {})
