"""What the weights of losses mean, where a recipe leaves them out or sets them to 0; and which networks translate."""

from __future__ import annotations

import pytest
import torch
from tiny_models import SMALL, make

import i2i_zoo
from i2i_zoo.errors import UserError


@pytest.mark.parametrize(
    ("name", "off", "missing"),
    [
        ("cyclegan", {"forward": 0.0}, {"cycle_a", "identity_a"}),
        ("cyclegan", {"backward": 0.0}, {"cycle_b", "identity_b"}),
        ("cyclegan", {"adversarial": 0.0}, {"fool_a", "fool_b", "judge_a", "judge_b"}),
        ("cyclegan", {"identity": 0.0}, {"identity_a", "identity_b"}),
        ("cyclegan", {"cycle": 0.0}, {"cycle_a", "cycle_b", "identity_a", "identity_b"}),
        ("unit", {"adversarial": 0.0}, {"fool_a", "fool_b", "judge_a", "judge_b"}),
        *(("unit", {key: 0.0}, {f"{key}_a", f"{key}_b"}) for key in ("image", "kl", "cycle", "cycle_kl")),
        ("munit", {"adversarial": 0.0}, {"fool_a", "fool_b", "judge_a", "judge_b"}),
        *(("munit", {key: 0.0}, {f"{key}_a", f"{key}_b"}) for key in ("image", "content", "style", "cycle")),
    ],
)
def test_a_weight_of_zero_leaves_out_its_losses_and_changes_no_other(name, off, missing):
    more = {"cyclegan": {"identity": 0.5}, "munit": {"cycle": 3.0}}.get(name, {})
    found = []
    for knobs in (more, more | off):
        model, a, b = make(name, **knobs)
        found.append({k: v for turn in model.turns({"a": a, "b": b}, 0) for k, v in turn.losses.items()})
    whole, part = found
    assert whole.keys() - part.keys() == missing and part.keys() <= whole.keys()
    for key, loss in part.items():
        torch.testing.assert_close(loss, whole[key], rtol=1e-9, atol=0, msg=key)


@pytest.mark.parametrize("name", SMALL)
def test_translations_go_from_one_domain_to_the_other(name):
    model, a, b = make(name)
    style = model.sample_style(2, seed=1) if model.style_dim else None
    nets = model.generators
    for to, images in (("b", a), ("a", b)):
        source = {"a": "b", "b": "a"}[to]
        if name == "cyclegan":
            expected = nets[f"{source}2{to}"](images)
        elif name == "unit":
            expected = nets[to].decode(nets[source].encode(images))
        else:
            expected = nets[to].decode(nets[source].encode(images)[0], style)
        torch.testing.assert_close(model.translate(images, to=to, style=style), expected)
        if style is not None:
            torch.testing.assert_close(model.encode_style(images, source), nets[source].encode(images)[1])


def test_weights_that_a_recipe_leaves_out_are_those_of_the_papers_and_their_code():
    published = {
        "cyclegan": {"adversarial": 1, "cycle": 10, "forward": 1, "backward": 1, "identity": 0, "pool": 50},
        "munit": {"adversarial": 1, "image": 10, "content": 1, "style": 1, "cycle": 0, "style_dim": 8},
        "unit": {"adversarial": 1, "image": 10, "kl": 0.01, "cycle": 10, "cycle_kl": 0.01, "shared_blocks": 0},
    }
    for name, expected in published.items():
        config = i2i_zoo.models[name].Config()
        assert {key: getattr(config, key) for key in expected} == expected, name
        assert config.gan.objective == "lsgan"


def test_identity_terms_alone_are_nothing_to_learn_as_they_weigh_what_their_cycles_do():
    with pytest.raises(UserError, match="nothing to learn"):
        make("cyclegan", adversarial=0.0, forward=0.0, backward=0.0, identity=0.5)


@pytest.mark.parametrize("model", ["cyclegan", "unit"])
def test_colors_alone_are_something_to_learn(model):
    others = ("adversarial", "cycle") if model == "cyclegan" else ("adversarial", "image", "kl", "cycle", "cycle_kl")
    made, *_ = make(model, colors=1.0, **dict.fromkeys(others, 0.0))
    assert made.config.colors == 1
