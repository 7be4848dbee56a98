"""Each monitor, provoked and not."""

import math

import pytest
import torch
from torch import nn
from toys import Toy, pictures, probe

from i2i_zoo.data.datasets.shoes import Shoes
from i2i_zoo.training.monitors import MONITORS
from i2i_zoo.training.monitors.collapse import mode_collapse, style_collapse
from i2i_zoo.training.monitors.copying import change, translates_nothing
from i2i_zoo.training.monitors.inversion import color_inversion
from i2i_zoo.training.monitors.saturation import saturated_discriminator
from i2i_zoo.training.monitors.steganography import steganography


def same(x, style):
    return x


def negative(x, style):
    return -0.8 * x + 0.1


def drawn(domain):
    return list(Shoes(Shoes.Config(size=32)).held_out(domain, 6))


def test_a_sound_translator_provokes_nothing():
    for toy in (Toy(lambda x, style: 0.5 * x), Toy(lambda x, style: 0.5 * x.flip(1) + 0.2)):
        assert [name for name, monitor in MONITORS.items() if monitor(probe(toy))] == []


def test_negatives_are_noticed():
    finding = color_inversion(probe(Toy(negative)))
    assert finding.value == pytest.approx(-1) and "translations to b look like negatives" in finding.advice
    assert color_inversion(probe(Toy(negative), drawn("edges"), drawn("shoes"))), "shoes on black"


@pytest.mark.parametrize("paired", [True, False])
def test_negatives_are_right_where_the_domains_are_opposite(paired):
    outlines = drawn("edges")
    white_on_black = [-image for image in outlines]
    assert color_inversion(probe(Toy(negative), outlines, white_on_black, paired)) is None
    assert color_inversion(probe(Toy(negative), outlines, outlines, paired))


def test_filling_outlines_with_dark_colors_is_no_inversion():
    outlines, shoes = drawn("edges"), drawn("shoes")

    def true(x, style):
        return next(shoe[None] for outline, shoe in zip(outlines, shoes, strict=True) if torch.equal(outline, x[0]))

    assert color_inversion(probe(Toy(true), outlines, shoes)) is None
    assert color_inversion(probe(Toy(lambda x, style: -true(x, style)), outlines, shoes)), "bright shoes on black"
    blank = [torch.zeros(3, 8, 8)] * 3
    assert color_inversion(probe(Toy(negative), blank, blank)) is None


def test_one_answer_to_everything_is_noticed():
    answer, noise = pictures(1)[0][None], torch.Generator().manual_seed(0)

    def collapsed(x, style):
        return answer + 0.02 * x + 0.1 * torch.randn(x.shape, generator=noise)  # a trace of the input, and noise

    finding = mode_collapse(probe(Toy(collapsed)))
    assert finding.value < 0.2 and "all alike" in finding.advice


def test_answers_may_be_as_alike_as_the_inputs_or_as_the_domain():
    faint = [0.1 * image for image in pictures(seed=2)]
    assert mode_collapse(probe(Toy(lambda x, style: 0.1 * x), b=faint)) is None
    assert mode_collapse(probe(Toy(same), a=faint)) is None
    assert mode_collapse(probe(Toy(same), pictures(1), pictures(1))) is None, "one image cannot tell"
    assert mode_collapse(probe(Toy(same), [pictures()[0]] * 3)) is None, "nor can equal ones"


def painted(x, style):
    """The style is the brightness of each channel."""
    return 0.3 * x + 0.4 * style.view(-1, 3, 1, 1)


def test_styles_that_do_nothing_are_noticed():
    colors = torch.linspace(-0.6, 0.6, 5)
    varied = [0.3 * image + color for image, color in zip(pictures(), colors, strict=True)]
    ignored = Toy(lambda x, style: 0.3 * x + 0.001 * style.view(-1, 3, 1, 1), style_dim=3)
    finding = style_collapse(probe(ignored, b=varied))
    assert finding.value < 0.1 and "styles make almost no difference" in finding.advice
    assert style_collapse(probe(Toy(painted, style_dim=3), b=varied)) is None
    drawings = [0.3 * image for image in pictures(seed=3)]
    assert style_collapse(probe(ignored, b=drawings)) is None, "a domain without styles"


class Critic(nn.Module):
    """Two scales; sees a marked pixel in fakes, and answers `real` or `fake` with a little doubt."""

    def __init__(self, real, fake, undecided=False):
        super().__init__()
        self.answers, self.undecided = (real, fake), undecided

    def forward(self, images):
        sure = torch.full((1, 1, 2, 2), self.answers[int(images[0, 0, 0, 0] == -1)]) + 0.02 * torch.randn(1, 1, 2, 2)
        return [sure, torch.full_like(sure, sum(self.answers) / 2) if self.undecided else sure]


def marked(x, style):
    x = x.clone()
    x[0, 0, 0, 0] = -1
    return x


SURE = {"lsgan": (1.0, 0.0), "vanilla": (6.0, -6.0), "nonsaturating": (6.0, -6.0), "hinge": (1.5, -1.5)}
UNSURE = {"lsgan": (0.75, 0.25), "vanilla": (1.0, -1.0), "nonsaturating": (1.0, -1.0), "hinge": (0.5, -0.5)}


@pytest.mark.parametrize("objective", SURE)
def test_a_discriminator_that_is_always_right_is_noticed(objective):
    def finding(answers, undecided=False):
        return saturated_discriminator(probe(Toy(marked, critic=Critic(*answers, undecided), objective=objective)))

    assert finding(SURE[objective]).value < 0.05
    assert finding(UNSURE[objective]) is None
    assert finding(SURE[objective], undecided=True) is None, "the other scale can still be learnt from"
    assert finding(SURE[objective][::-1]) is None, "always wrong"


def test_without_a_discriminator_or_an_objective_that_saturates_there_is_nothing_to_notice():
    sure = Critic(50.0, -50.0)
    assert saturated_discriminator(probe(Toy(marked, critic=sure, objective="wgan-gp"))) is None
    assert saturated_discriminator(probe(Toy(marked, critic=sure, objective="of a plugin"))) is None
    assert saturated_discriminator(probe(Toy(marked))) is None


def test_a_cycle_through_a_hidden_code_is_noticed():
    answer, board = pictures(1)[0][None], (torch.arange(16)[:, None] + torch.arange(16)) % 2 * 2 - 1

    def hide(x, style):
        return answer + 0.01 * x * board  # one grey level, of the highest frequency

    def find(fake, style):
        return (fake - answer) / 0.01 * board

    finding = steganography(probe(Toy(hide, find)))
    assert finding.value > 2 and "hidden code" in finding.advice


def test_a_cycle_that_is_honest_faint_or_poor_hides_nothing():
    honest, faint = Toy(same), Toy(lambda x, style: x / 3, lambda x, style: x * 3)
    poor = Toy(lambda x, style: x.mean((2, 3), keepdim=True).expand_as(x))
    half = Toy(lambda x, style: x / 12, lambda x, style: torch.cat([x[:, :2] * 12, x[:, 2:] * 0 + 2], 1))
    styled = Toy(same, lambda x, style: x - style.view(-1, 3, 1, 1), style_dim=3)
    for toy in (honest, faint, poor, half, styled):
        assert steganography(probe(toy)) is None


def test_a_model_that_cannot_tell_the_style_of_an_image_has_no_cycle_to_look_at():
    class Blind(Toy):
        def encode_style(self, images, domain):
            raise NotImplementedError

    assert steganography(probe(Blind(same, style_dim=3))) is None


def test_copies_are_noticed():
    finding = translates_nothing(probe(Toy(lambda x, style: x + 0.01)))
    assert finding.value < 0.1 and "translations to b are hardly more than their inputs" in finding.advice
    assert translates_nothing(probe(Toy(same), drawn("edges"), drawn("shoes"))), "grey to color"
    assert translates_nothing(probe(Toy(lambda x, style: x + 0.2))) is None


@pytest.mark.parametrize("paired", [True, False])
def test_a_small_change_is_one_where_the_domains_are_near(paired):
    inputs = pictures()
    targets = [image + 0.02 for image in inputs]
    assert change(probe(Toy(lambda x, style: x + 0.01), inputs, targets, paired)) == pytest.approx(0.5, abs=0.01)
    assert translates_nothing(probe(Toy(lambda x, style: x + 0.01), inputs, targets, paired)) is None
    assert translates_nothing(probe(Toy(same), inputs, targets, paired))
    assert translates_nothing(probe(Toy(same), inputs, inputs, paired)) is None, "nothing is to be changed"


def test_the_pair_counts_where_there_are_pairs():
    inputs = pictures(2)
    swapped = inputs[::-1]
    copying = Toy(lambda x, style: x + 0.01)
    assert 0 < change(probe(copying, inputs, swapped, paired=True)) < 0.1
    assert math.isnan(change(probe(copying, inputs, swapped, paired=False))), "an input is among the real images"
