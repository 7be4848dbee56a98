"""Every loss of every turn and every gradient of every player, against the papers' equations, written out in float64.

All weights differ, so that no two of them can change places. What the models draw is recorded. Between two turns the
players of the first change, as if they had learnt, which shows whose weights the second sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
import torch
from tiny_models import make
from torch import Tensor

from i2i_zoo.models import Translator, Turn

Losses = dict[str, Tensor]
Term = Callable[[Tensor], Tensor]


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """All normal noise that is drawn, in order."""
    drawn, randn = [], torch.randn
    monkeypatch.setattr(torch, "randn", lambda *size, **options: drawn.append(randn(*size, **options)) or drawn[-1])
    return drawn


def learn(model: Translator, turn: Turn) -> dict[str, Tensor]:
    """The gradients of a turn by the name of the weight; then its players change."""
    model.zero_grad()
    sum(turn.losses.values()).backward()
    found = {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    for player in turn.players:
        for weight in getattr(model, player).parameters():
            weight.data.mul_(1.25)
    return found


def agree(model: Translator, turns: Iterator[Turn], expected: list[tuple[str, Callable[[], Losses]]]) -> None:
    """Compare turns with the player and the losses that are expected, as they are with the weights at that moment."""
    for player, equations in expected:
        turn = next(turns)
        losses = equations()
        assert turn.players == (player,) and turn.losses.keys() == losses.keys()
        for name, loss in losses.items():
            assert loss.abs() > 1e-3, f"{name} is too small to tell anything"
            torch.testing.assert_close(turn.losses[name], loss, rtol=1e-9, atol=0, msg=name)
        weights = {n: w for n, w in model.named_parameters() if n.startswith(f"{player}.")}
        slopes = torch.autograd.grad(sum(losses.values()), [*weights.values()], retain_graph=True)
        found = learn(model, turn)
        assert found.keys() == weights.keys(), "the players have gradients, and nobody else"
        for name, slope in zip(weights, slopes, strict=True):
            torch.testing.assert_close(found[name], slope, rtol=1e-7, atol=1e-10, msg=name)
    assert next(turns, None) is None


def distance(one: Tensor, other: Tensor) -> Tensor:
    """The L1 norm, as the mean over values."""
    return (one - other).abs().mean()


class Objective(NamedTuple):
    """An adversarial loss: what a discriminator minimizes of real and fake, what a generator minimizes of fake."""

    name: str
    real: Term
    fake: Term
    fool: Term

    def judge(self, critic: torch.nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        """The mean over logits, the sum over scales; nobody but the discriminator learns from it."""
        of_real, of_fake = critic(real.detach()), critic(fake.detach())
        return sum(self.real(r).mean() + self.fake(f).mean() for r, f in zip(of_real, of_fake, strict=True))

    def win(self, critic: torch.nn.Module, fake: Tensor) -> Tensor:
        """The generator's, in the same way."""
        return sum(self.fool(logits).mean() for logits in critic(fake))


OBJECTIVES = [
    Objective("lsgan", lambda d: (d - 1) ** 2, lambda d: d**2, lambda d: (d - 1) ** 2),  # Mao et al. 2017
    Objective("hinge", lambda d: (1 - d).relu(), lambda d: (1 + d).relu(), lambda d: -d),  # Lim & Ye 2017
]
each_objective = pytest.mark.parametrize("gan", OBJECTIVES, ids=lambda gan: gan.name)


@each_objective
def test_cyclegan(gan):
    """Zhu et al. 2017: eq. 1 in the form of section 4, eq. 2 and 3, identity of section 5.2; G: a -> b, F: b -> a."""
    weights = {"adversarial": 1.3, "cycle": 7.0, "forward": 0.9, "backward": 0.6, "identity": 0.4}
    model, a, b = make("cyclegan", gan={"objective": gan.name}, **weights)
    g, f = model.generators["a2b"], model.generators["b2a"]
    of_a, of_b = model.discriminators["a"], model.discriminators["b"]
    fakes = g(a), f(b)  # the discriminators see those of before the generators learnt

    def generators() -> Losses:
        fake_b, fake_a = g(a), f(b)
        return {
            "fool_b": 1.3 * gan.win(of_b, fake_b),
            "fool_a": 1.3 * gan.win(of_a, fake_a),
            "cycle_a": 7.0 * 0.9 * distance(f(fake_b), a),
            "cycle_b": 7.0 * 0.6 * distance(g(fake_a), b),
            "identity_a": 7.0 * 0.9 * 0.4 * distance(f(a), a),
            "identity_b": 7.0 * 0.6 * 0.4 * distance(g(b), b),
        }

    def discriminators() -> Losses:  # halved, which slows them down (section 4)
        fake_b, fake_a = fakes
        return {"judge_b": gan.judge(of_b, b, fake_b) / 2, "judge_a": gan.judge(of_a, a, fake_a) / 2}

    expected = [("generators", generators), ("discriminators", discriminators)]
    agree(model, model.turns({"a": a, "b": b}, 0), expected)


@each_objective
def test_unit(draws, gan):
    """Liu et al. 2017, eq. 3, 5 and 6: codes are drawn around their means with unit variance, each time anew."""
    weights = {"adversarial": 1.3, "image": 7.0, "kl": 0.3, "cycle": 5.0, "cycle_kl": 0.8}
    model, a, b = make("unit", gan={"objective": gan.name}, **weights)
    draws.clear()
    gen_a, gen_b = model.generators["a"], model.generators["b"]
    of_a, of_b = model.discriminators["a"], model.discriminators["b"]

    def first() -> tuple[Tensor, ...]:
        mean_a, mean_b = gen_a.encode(a), gen_b.encode(b)
        z_a, z_b = mean_a + draws[0][:, 0], mean_b + draws[0][:, 1]
        return mean_a, mean_b, z_a, z_b

    def discriminators() -> Losses:
        _, _, z_a, z_b = first()
        return {
            "judge_a": 1.3 * gan.judge(of_a, a, gen_a.decode(z_b)),
            "judge_b": 1.3 * gan.judge(of_b, b, gen_b.decode(z_a)),
        }

    def generators() -> Losses:
        mean_a, mean_b, z_a, z_b = first()
        fake_a, fake_b = gen_a.decode(z_b), gen_b.decode(z_a)
        mean_aba, mean_bab = gen_b.encode(fake_b), gen_a.encode(fake_a)
        again_a, again_b = mean_aba + draws[1][:, 0], mean_bab + draws[1][:, 1]
        return {
            "fool_a": 1.3 * gan.win(of_a, fake_a),
            "fool_b": 1.3 * gan.win(of_b, fake_b),
            "image_a": 7.0 * distance(gen_a.decode(z_a), a),
            "image_b": 7.0 * distance(gen_b.decode(z_b), b),
            "kl_a": 0.3 * (mean_a**2).mean(),
            "kl_b": 0.3 * (mean_b**2).mean(),
            "cycle_a": 5.0 * distance(gen_a.decode(again_a), a),
            "cycle_b": 5.0 * distance(gen_b.decode(again_b), b),
            "cycle_kl_a": 0.8 * (mean_aba**2).mean(),
            "cycle_kl_b": 0.8 * (mean_bab**2).mean(),
        }

    agree(
        model,
        model.turns({"a": a, "b": b}, 0),
        [("discriminators", discriminators), ("generators", generators)],
    )
    assert len(draws) == 2


@each_objective
def test_munit(draws, gan):
    """Huang et al. 2018, eq. 1 to 4 and the style-augmented cycle of section 5.1: styles are drawn from N(0, I)."""
    weights = {"adversarial": 1.3, "image": 7.0, "content": 0.7, "style": 2.0, "cycle": 5.0}
    model, a, b = make("munit", gan={"objective": gan.name}, **weights)
    draws.clear()
    gen_a, gen_b = model.generators["a"], model.generators["b"]
    of_a, of_b = model.discriminators["a"], model.discriminators["b"]

    def discriminators() -> Losses:
        (c_a, _), (c_b, _) = gen_a.encode(a), gen_b.encode(b)
        s_a, s_b = draws[0][:, 0, 0, 0], draws[0][:, 1, 0, 0]
        return {
            "judge_a": 1.3 * gan.judge(of_a, a, gen_a.decode(c_b, s_a)),
            "judge_b": 1.3 * gan.judge(of_b, b, gen_b.decode(c_a, s_b)),
        }

    def generators() -> Losses:
        (c_a, own_a), (c_b, own_b) = gen_a.encode(a), gen_b.encode(b)
        s_a, s_b = draws[0][:, 0, 0, 0], draws[0][:, 1, 0, 0]
        fake_a, fake_b = gen_a.decode(c_b, s_a), gen_b.decode(c_a, s_b)
        (c_bab, s_bab), (c_aba, s_aba) = gen_a.encode(fake_a), gen_b.encode(fake_b)
        return {
            "fool_a": 1.3 * gan.win(of_a, fake_a),
            "fool_b": 1.3 * gan.win(of_b, fake_b),
            "image_a": 7.0 * distance(gen_a.decode(c_a, own_a), a),
            "image_b": 7.0 * distance(gen_b.decode(c_b, own_b), b),
            "content_a": 0.7 * distance(c_aba, c_a),
            "content_b": 0.7 * distance(c_bab, c_b),
            "style_a": 2.0 * distance(s_bab, s_a),
            "style_b": 2.0 * distance(s_aba, s_b),
            "cycle_a": 5.0 * distance(gen_a.decode(c_aba, own_a), a),
            "cycle_b": 5.0 * distance(gen_b.decode(c_bab, own_b), b),
        }

    agree(
        model,
        model.turns({"a": a, "b": b}, 0),
        [("discriminators", discriminators), ("generators", generators)],
    )
    assert len(draws) == 1


def test_a_full_pool_shows_older_fakes_in_each_domain():
    """Shrivastava et al. 2017: with one place, the fake of now or the one that is kept, each half of the time."""
    model, _, _ = make("cyclegan", pool=1)
    gan, kept = OBJECTIVES[0], dict[str, Tensor]()
    shown = {"a": set(), "b": set()}
    for step in range(12):
        a, b = torch.rand(2, 1, 3, 16, 16, dtype=torch.float64) * 2 - 1
        fakes = {"b": model.generators["a2b"](a), "a": model.generators["b2a"](b)}
        _, judged = model.turns({"a": a, "b": b}, step)
        for domain, real in (("a", a), ("b", b)):
            critic, found = model.discriminators[domain], judged.losses[f"judge_{domain}"]
            new, old = (gan.judge(critic, real, f) / 2 for f in (fakes[domain], kept.get(domain, fakes[domain])))
            older = not torch.isclose(found, new, rtol=1e-9, atol=0)
            assert torch.isclose(found, old if older else new, rtol=1e-9, atol=0)
            shown[domain].add(older)
            if older or domain not in kept:  # what is shown leaves its place to the fake of now
                kept[domain] = fakes[domain]
    assert shown == {"a": {True, False}, "b": {True, False}}
