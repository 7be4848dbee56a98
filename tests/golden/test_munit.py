"""MUNIT against the official code: networks, three training steps; and against what it was when it passed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from official import reference
from official_munit import check_discriminators, check_training
from safetensors.torch import load_file

import i2i_zoo
from i2i_zoo.interop import load_official

OFFICIAL = {  # our losses -> theirs; content_a is of the content of a, seen again in the translation to b
    "judge_a": "dis_a", "judge_b": "dis_b", "fool_a": "gen_adv_a", "fool_b": "gen_adv_b",
    "image_a": "gen_recon_x_a", "image_b": "gen_recon_x_b", "style_a": "gen_recon_s_a", "style_b": "gen_recon_s_b",
    "content_a": "gen_recon_c_a", "content_b": "gen_recon_c_b",
}  # fmt: skip


@pytest.fixture
def official():
    folder = reference("munit")
    return load_official(folder, ("a", "b")), folder


@torch.no_grad()
def test_networks_of_the_reference(official):
    model, folder = official
    tensors = load_file(folder / "io.safetensors")
    found = {}
    for one, other in ("ab", "ba"):
        images, net = tensors[f"x_{one}"], model.generators[one]
        content, style = net.encode(images)
        guide = model.encode_style(tensors[f"x_{other}"], other)
        found[f"content_{one}"], found[f"style_{one}"] = content, style[..., None, None]
        found[f"recon_{one}"] = net.decode(content, style)
        found[f"x_{one}{other}_random"] = model.translate(images, other, style=tensors["style"].flatten(1))
        found[f"x_{one}{other}_guided"] = model.translate(images, other, style=guide)
    assert len(found) == 10
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, tensors[name], atol=2e-5, rtol=0, msg=name)
    check_discriminators(model, tensors)


def test_three_steps_of_the_reference(official, monkeypatch):
    check_training(*official, OFFICIAL, monkeypatch)


def test_answers_have_not_changed():
    tensors = load_file(Path(__file__).with_name("munit.safetensors"))
    net = i2i_zoo.create("munit", ("a", "b"), generator={"width": 2, "mlp_width": 4}).generators["a"]
    net.load_state_dict({key.removeprefix("a."): t for key, t in tensors.items() if key.startswith("a.")})
    with torch.no_grad():
        content, style = net.encode(tensors["input"])
        found = {"content": content, "style": style, "output": net.decode(content, style)}
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, tensors[name], atol=1e-5, rtol=0, msg=name)
