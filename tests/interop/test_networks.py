"""Each official network, by its keys and shapes: recognized, loaded, and given back as it was."""

from __future__ import annotations

import pytest
import torch
from official_states import KEYS, OLD, state

from i2i_zoo.errors import UserError
from i2i_zoo.interop import junyanz, nvlabs
from i2i_zoo.interop.layout import DEAD
from i2i_zoo.nets.multiscale import Multiscale
from i2i_zoo.nets.patchgan import PatchGAN
from i2i_zoo.nets.pixelgan import PixelGAN
from i2i_zoo.nets.resnet import Resnet
from i2i_zoo.nets.style_autoencoder import StyleAutoencoder
from i2i_zoo.nets.unet import Unet

EXPECTED = {
    "resnet.instance": (Resnet.Config(blocks=2, width=2), (3, 1)),
    "resnet.batch.dropout": (Resnet.Config(blocks=2, width=2, norm="batch", dropout=0.5), (3, 1)),
    "resnet.instance.0": (Resnet.Config(blocks=0, width=2), (3, 3)),
    "unet.none": (Unet.Config(depth=5, width=2, norm="none"), (1, 3)),
    "patchgan4.instance": (PatchGAN.Config(width=2, layers=4), (3,)),
    "pixelgan.batch": (PixelGAN.Config(width=2, norm="batch"), (3,)),
    "munit.1": (StyleAutoencoder.Config(width=4, blocks=2, mlp_width=5), (1, 3)),
    "msdis.3": (Multiscale.Config(width=3, layers=3, scales=2), (3,)),
}


def read(case, found):
    """The network of a case, ours with its weights, and its layout."""
    if case.startswith(("munit", "unit", "msdis")):
        network = nvlabs.recognize(found, "file")
        net = nvlabs.build(network.config, network.channels)
        layout = nvlabs.layout_of(net, network.config)
    else:
        network = junyanz.recognize(found, "file")
        net = network.config.build(*network.channels)
        layout = junyanz.layout_of(net, network.config)
    net.load_state_dict(network.tensors)
    return network, net, layout


@pytest.mark.parametrize("case", KEYS)
def test_there_and_back(case):
    theirs = state(case)
    network, net, layout = read(case, dict(sorted(theirs.items())))  # files may hold them in any order
    back = layout.give(net.state_dict(), "model")
    assert {key: list(tensor.shape) for key, tensor in back.items()} == KEYS[case]
    assert list(back) == list(KEYS[case]) and back.keys() == {row.theirs for row in network.rows}
    dropped = {row.theirs for row in network.rows if row.ours.startswith("dropped")}
    for key, tensor in back.items():
        fill = float(key.endswith("running_var"))
        assert torch.equal(tensor, torch.full_like(tensor, fill) if key in dropped else theirs[key]), key
    assert all(t.dtype == net.state_dict()[k].dtype or "tracked" in k for k, t in network.tensors.items())


@pytest.mark.parametrize("case", EXPECTED)
def test_what_is_recognized(case):
    network, _, _ = read(case, state(case))
    assert (network.config, network.channels) == EXPECTED[case]


def test_only_dead_biases_are_dropped():
    network, _, _ = read("resnet.instance", state("resnet.instance"))
    dropped = [row.theirs for row in network.rows if DEAD in row.ours]
    biases = [key for key in KEYS["resnet.instance"] if key.endswith("bias")]
    assert dropped == biases[:-1]  # all but that of the last layer, which has no norm


@pytest.mark.parametrize(
    ("case", "norms"),
    [
        ("resnet.instance.dropout", ["model.2", "model.10.conv_block.7"]),
        ("unet.instance", ["model.model.1.model.2"]),
        ("patchgan4.instance", ["model.3", "model.12"]),
        ("munit.3", ["enc_content.model.0.norm", "enc_content.model.3.model.1.model.1.norm"]),
        ("unit.3", ["dec.model.0.model.1.model.0.norm"]),
    ],
)
def test_old_files_with_statistics_of_instance_norms(case, norms):
    extra = {f"{norm}.{key}": torch.tensor([value]) for norm in norms for key, value in OLD.items()}
    network, net, _ = read(case, state(case, **extra))
    _, plain, _ = read(case, state(case))
    assert all(torch.equal(t, plain.state_dict()[key]) for key, t in net.state_dict().items())
    said = [row.theirs for row in network.rows if "before torch 0.4" in row.ours]
    assert sorted(said) == sorted(extra)


def test_batch_norms_without_a_count_of_batches():
    found = {key: tensor for key, tensor in state("unet.batch").items() if not key.endswith("num_batches_tracked")}
    _, net, _ = read("unet.batch", found)
    assert all(t == 0 for key, t in net.state_dict().items() if key.endswith("num_batches_tracked"))


HUGE = torch.zeros(1, 1, 4, 4).expand(2**31, 3, 4, 4)


def changed(case, **tensors):
    return state(case, **{key.replace("__", "."): tensor for key, tensor in tensors.items()})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (changed("resnet.instance", model__4__weight=torch.zeros(4, 2, 5, 5)), "'model.4.weight' has the shape"),
        (changed("resnet.instance", model__1__weight=torch.zeros(2)), "begins like a network of pytorch-CycleGAN"),
        (changed("resnet.instance", model__1__weight=torch.zeros(0, 3, 7, 7)), "fit no network"),
        (changed("unet.batch", extra=torch.zeros(1)), "'extra' does not belong to a U-Net"),
        (changed("pixelgan.batch", net__2__bias=torch.zeros(4)), "'net.2.bias' does not belong"),
        (
            changed("patchgan4.instance", model__0__weight=torch.zeros(1, 1, 4, 4).expand(2**31, 3, 4, 4)),
            "fit no network",
        ),
        ({"conv1.weight": torch.zeros(64, 3, 7, 7)}, "is no network of pytorch-CycleGAN-and-pix2pix, MUNIT or UNIT"),
    ],
)
def test_what_does_not_fit(found, words):
    with pytest.raises(UserError) as error:
        junyanz.recognize(found, "file")
    assert words in str(error.value) and "\n" not in str(error.value)


@pytest.mark.advice(
    "interop/nvlabs.py: give the weights of an official network as",
    "interop/layout.py: give the weights of an official",
)
@pytest.mark.parametrize(
    ("found", "words"),
    [
        (changed("munit.3", mlp__model__1__fc__weight=torch.zeros(5, 4)), "'mlp.model.1.fc.weight' has the shape"),
        (changed("munit.3", mlp__model__0__fc__weight=torch.zeros(5)), "has no 'mlp.model.0.fc.weight' that fits"),
        (changed("unit.3", enc__model__9__conv__weight=torch.zeros(5)), "fit"),
        (changed("msdis.3", cnns__0__0__conv__weight_u=torch.zeros(5)), "does not belong to a multi-scale"),
        ({"x": torch.zeros(5)}, "is no network of MUNIT or UNIT"),
    ],
)
def test_what_does_not_fit_munit(found, words):
    with pytest.raises(UserError) as error:
        nvlabs.recognize(found, "file")
    nvlabs.recognize(state("munit.3"), "file")
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_missing_tensor():
    found = state("unit.3")
    del found["dec.model.5.conv.bias"]
    with pytest.raises(UserError, match=r"'dec.model.5.conv.bias' is missing, which a UNIT autoencoder"):
        nvlabs.recognize(found, "file")


def test_weights_that_the_official_network_has_no_place_for():
    net = Resnet.Config(blocks=0, width=2, norm="none").build(3, 3)
    torch.nn.init.ones_(net.stem[0].bias)
    with pytest.raises(UserError, match=r"stem.0.bias' is not zero, and a ResNet generator .* has none"):
        junyanz.layout_of(net, Resnet.Config(blocks=0, width=2, norm="none")).give(net.state_dict(), "model")
