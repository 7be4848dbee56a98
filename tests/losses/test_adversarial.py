"""Values against torch's reference losses, gradients against finite differences, and who may learn from what."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from i2i_zoo.losses.adversarial import OBJECTIVES, Gan, fool, judge
from i2i_zoo.nets.layers import InstanceNorm
from i2i_zoo.nets.patchgan import PatchGAN
from i2i_zoo.speed.choice import Speed
from i2i_zoo.speed.context import WeightCache, computing
from i2i_zoo.speed.convert import convert

every_objective = pytest.mark.parametrize("objective", OBJECTIVES)


class Critic(nn.Module):
    """Two scales of smooth logits in float64, with an instance norm and a frozen parameter."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(2, 3, 2), InstanceNorm(), nn.Tanh(), nn.Conv2d(3, 1, 1)).double()
        self.scale = nn.Parameter(torch.tensor(1.5, dtype=torch.float64), requires_grad=False)

    def forward(self, images):
        logits = self.layers(images) * self.scale
        return [logits, F.avg_pool2d(logits, 2)]


@pytest.fixture
def setting():
    torch.manual_seed(0)
    return Critic(), torch.randn(2, 2, 5, 5).double(), torch.randn(2, 2, 5, 5).double()


def expected(objective, logits, kind):
    """What `kind` of logits cost on one scale, by torch's own losses."""
    one, zero = torch.ones_like(logits), torch.zeros_like(logits)
    if objective == "lsgan":
        return F.mse_loss(logits, zero if kind == "fake" else one)
    if objective in ("vanilla", "nonsaturating"):
        return F.binary_cross_entropy_with_logits(logits, zero if kind == "fake" else one)
    if objective == "hinge" and kind != "fool":
        return F.hinge_embedding_loss(logits if kind == "real" else -logits, -one)  # max(0, 1 - x)
    return logits.mean() if kind == "fake" else -logits.mean()


@every_objective
def test_values(objective, setting):
    critic, real, fake = setting
    gan = Gan(objective=objective, gradient_penalty=0.0)
    by = {kind: sum(expected(objective, x, kind) for x in critic(y)) for kind, y in (("real", real), ("fake", fake))}
    torch.testing.assert_close(judge(critic, real, fake, gan), by["real"] + by["fake"])
    torch.testing.assert_close(fool(critic, fake, gan), sum(expected(objective, x, "fool") for x in critic(fake)))


@every_objective
@pytest.mark.parametrize("logit", [-3.0, -1.0, 0.0, 0.5, 1.0, 40.0])
def test_far_logits(objective, logit):
    logits = torch.tensor([[logit]])
    for kind in ("real", "fake", "fool"):
        found = getattr(OBJECTIVES[objective], kind)(logits).mean()
        torch.testing.assert_close(found, expected(objective, logits, kind))


@every_objective
@pytest.mark.parametrize("r1", [0.0, 2.0])
def test_gradients_by_finite_differences(objective, r1, setting):
    critic, real, fake = setting
    gan = Gan(objective=objective, r1=r1)
    names, weights = zip(
        *[(name, weight) for name, weight in critic.named_parameters() if weight.requires_grad], strict=True
    )

    def loss(*weights):
        torch.manual_seed(0)  # wgan-gp mixes at random
        return judge(Swapped(critic, dict(zip(names, weights, strict=True))), real, fake, gan)

    assert torch.autograd.gradcheck(loss, weights, atol=1e-6)
    assert torch.autograd.gradcheck(lambda fake: fool(critic, fake, gan), fake.requires_grad_(), atol=1e-6)


class Swapped(nn.Module):
    """`critic` with other weights."""

    def __init__(self, critic, weights):
        super().__init__()
        self.critic, self.weights = [critic], weights

    def forward(self, images):
        return torch.func.functional_call(self.critic[0], self.weights, images)


def slopes(critic, images):
    """|d sum(logits) / d image| of each image, one at a time."""
    found = []
    for image in images.split(1):
        image = image.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(sum(x.sum() for x in critic(image)), image)
        found.append(gradient.norm())
    return torch.stack(found)


def test_r1(setting):
    critic, real, fake = setting
    plain, penalized = (judge(critic, real, fake, Gan(r1=gamma)) for gamma in (0.0, 6.0))
    torch.testing.assert_close(penalized - plain, 3.0 * slopes(critic, real).square().mean())


def test_gradient_penalty(setting):
    critic, real, fake = setting
    torch.manual_seed(3)
    plain, penalized = (judge(critic, real, fake, Gan(objective="wgan-gp", gradient_penalty=g)) for g in (0.0, 7.0))
    torch.manual_seed(3)
    mix = torch.rand(2, 1, 1, 1, dtype=torch.float64)
    assert mix.unique().numel() == 2  # a share of its own for every image
    between = mix * real + (1 - mix) * fake
    torch.testing.assert_close(penalized - plain, 7.0 * (slopes(critic, between) - 1).square().mean())


def test_gradient_penalty_of_a_flat_critic_is_finite():
    critic = PatchGAN.Config(width=2, layers=1, norm="none").build(3)
    for parameter in critic.parameters():
        nn.init.zeros_(parameter)
    images = torch.randn(2, 3, 8, 8)
    judge(critic, images, images, Gan(objective="wgan-gp")).backward()
    assert all(parameter.grad.isfinite().all() for parameter in critic.parameters())


@every_objective
def test_fool_leaves_the_critic_alone(objective, setting):
    critic, _, fake = setting
    before = {name: parameter.requires_grad for name, parameter in critic.named_parameters()}
    assert not before["scale"]
    fool(critic, fake.requires_grad_(), Gan(objective=objective)).backward()
    assert fake.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in critic.parameters())
    assert {name: parameter.requires_grad for name, parameter in critic.named_parameters()} == before


def test_an_exception_unfreezes_the_critic(setting):
    critic, _, fake = setting
    with pytest.raises(RuntimeError):
        fool(critic, fake[:, :1], Gan())  # a channel is missing
    assert [name for name, parameter in critic.named_parameters() if not parameter.requires_grad] == ["scale"]


@every_objective
def test_judge_leaves_the_generator_alone(objective, setting):
    critic, real, fake = setting
    fake.requires_grad_()
    judge(critic, real, fake * 1, Gan(objective=objective, r1=1.0)).backward()
    assert fake.grad is None and real.grad is None and not real.requires_grad
    assert critic.layers[0].weight.grad.abs().sum() > 0


@pytest.mark.parametrize("norm", ["instance", "none"])
@pytest.mark.parametrize("spectral", [True, False])
def test_penalties_in_float32_under_autocast(norm, spectral):
    """Double backward through instance and spectral norm, unharmed by bf16 around it."""
    torch.manual_seed(0)
    critic = PatchGAN.Config(width=4, layers=2, norm=norm, spectral=spectral).build(3).eval()
    real, fake = torch.randn(2, 2, 3, 32, 32)
    penalties = []
    for enabled in (False, True):
        losses = []
        for r1 in (0.0, 1e3):
            with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
                losses.append(judge(critic, real, fake, Gan(r1=r1)))
            assert losses[-1].dtype == torch.float32
        losses[1].backward()
        penalties.append(losses[1] - losses[0])
    assert penalties[0] > 0
    torch.testing.assert_close(*penalties, rtol=1e-5, atol=1e-5)
    assert all(parameter.grad.isfinite().all() for parameter in critic.parameters())


@every_objective
def test_bf16_logits_are_averaged_in_float32(objective):
    class Coarse(nn.Module):
        def forward(self, images):
            return [images.mean(dim=1, keepdim=True).bfloat16()]

    real, fake = torch.randn(2, 2, 3, 8, 8)
    gan = Gan(objective=objective, gradient_penalty=0.0)
    exact = sum(expected(objective, Coarse()(x)[0].float(), kind) for kind, x in (("real", real), ("fake", fake)))
    torch.testing.assert_close(judge(Coarse(), real, fake, gan), exact)
    assert fool(Coarse(), fake, gan).dtype == torch.float32


def test_forms_of_a_fooled_critics_weights_are_not_kept():
    """They are frozen ones, which its own turn cannot use."""
    critic, cache = PatchGAN.Config(width=64).build(3), WeightCache()
    convert(critic, fast_layers=True)
    fakes = torch.randn(1, 3, 64, 64, requires_grad=True)
    with computing(Speed(channels_last=True), cache):
        fool(critic, fakes, Gan())
        assert not cache._made
        judge(critic, fakes.detach(), fakes.detach(), Gan())
        assert cache._made


def test_each_scale_has_its_share(setting):
    critic, real, fake = setting
    gan, logits = Gan(r1=2.0), [critic(images) for images in (real, fake)]
    critic.shares = [0.25, 0.75]

    def total(kind, logits):
        return sum(share * expected("lsgan", x, kind) for share, x in zip(critic.shares, logits, strict=True))

    torch.testing.assert_close(fool(critic, fake, gan), total("fool", logits[1]))
    image = real.clone().requires_grad_()
    value = sum(share * x.sum() for share, x in zip(critic.shares, critic(image), strict=True))
    slope = torch.autograd.grad(value, image)[0].square().sum((1, 2, 3)).mean()
    torch.testing.assert_close(
        judge(critic, real, fake, gan), total("real", logits[0]) + total("fake", logits[1]) + slope
    )
