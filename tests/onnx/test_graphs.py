"""Every network of the registries as a graph: the answers of torch, whatever the batch and the size."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.models import Translator
from i2i_zoo.registry import autoencoders, generators, models, style_autoencoders

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

from i2i_zoo.onnx.networks import style_of, translation  # noqa: E402
from i2i_zoo.onnx.shrink import halve, quantize  # noqa: E402

BACKBONE = {"backbone": "mobilenetv3_small_050", "width": 2}
NETWORKS = {
    "resnet": ("cyclegan", {"width": 2, "blocks": 1, "upsample": "resize", "skip": True}),
    "unet": ("cyclegan", {"width": 2, "depth": 3}),
    "timm_unet": ("cyclegan", {"width": 2, "stride": 8, "backbone": "tf_efficientnet_lite0"}),  # pads as TensorFlow
    "autoencoder": ("unit", {"width": 2, "blocks": 1}),
    "unet_autoencoder": ("unit", BACKBONE | {"stride": 8}),
    "style_autoencoder": ("munit", {"width": 2, "blocks": 1, "mlp_width": 4}),
    "style_unet": ("munit", BACKBONE | {"stride": 8, "mlp_width": 4}),
}
SIZES = [(1, 64, 64), (3, 37, 70), (2, 5, 3)]  # images, height, width
CLOSE = 1e-4


def build(network: str) -> Translator:
    torch.manual_seed(0)
    name, knobs = NETWORKS[network]
    critic = {"name": "pixelgan" if name == "cyclegan" else "multiscale", "width": 2}
    model = i2i_zoo.create(name, ("a", "b"), generator={"name": network} | knobs, discriminator=critic).eval()
    for weight in model.parameters():  # so that no bias is zero and no scale is one
        weight.data.add_(torch.randn_like(weight), alpha=0.05)
    return model


def run(graph, *inputs: torch.Tensor) -> torch.Tensor:
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    return torch.from_numpy(session.run(None, {k: v.numpy() for k, v in zip(names, inputs, strict=True)})[0])


def images(count: int, height: int, width: int) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_every_network_is_tried():
    assert {*NETWORKS} == {*generators, *autoencoders, *style_autoencoders}
    assert {name for name, _ in NETWORKS.values()} == {*models}


@torch.no_grad()
@pytest.mark.parametrize("network", NETWORKS)
def test_a_graph_answers_as_its_model_does(network):
    model = build(network)
    graph = translation(model, "a", "b")
    for count, height, width in SIZES:
        batch = images(count, height, width)
        style = (model.sample_style(count, seed=2),) if model.style_dim else ()
        expected = model.translate(batch, "b", *style)
        torch.testing.assert_close(run(graph, batch, *style), expected, rtol=0, atol=CLOSE)
    assert expected.std() > 0.01


@torch.no_grad()
def test_a_style_encoder_is_a_graph_of_its_own():
    torch.manual_seed(0)
    knobs = {"width": 2, "blocks": 1, "mlp_width": 4}
    model = i2i_zoo.create("munit", ("a", "b"), generator=knobs, prior={"known": 0.5}, style_dim=3).eval()
    known = model.generators["known"]["b"]
    known.mean, known.root = torch.randn(3), torch.eye(3) * 2  # so that codes are not the encoder's
    graph = style_of(model, "b")
    for size in SIZES:
        torch.testing.assert_close(run(graph, images(*size)), model.encode_style(images(*size), "b"), rtol=0, atol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize(("shrink", "size", "levels"), [(halve, 0.62, 0.5), (quantize, 0.4, 12)])
def test_smaller_weights_make_smaller_files_of_nearly_the_same_answers(shrink, size, levels):
    torch.manual_seed(0)
    model = i2i_zoo.create("cyclegan", ("a", "b"), generator={"name": "unet", "width": 32, "depth": 2}).eval()
    graph, batch = translation(model, "a", "b"), images(2, 32, 32)
    whole, expected = len(graph.SerializeToString()), run(graph, batch)
    shrink(graph)
    assert len(graph.SerializeToString()) < size * whole
    assert 0 < (run(graph, batch) - expected).abs().max() * 127.5 < levels


@pytest.mark.advice("onnx/shrink.py: is too large for 16 bits; export it with --int8 instead")
def test_weights_beyond_16_bits_fit_8():
    from onnx import TensorProto, helper, numpy_helper

    weight = torch.full((1, 1, 8, 8), 1e6).numpy()
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 8, 8]) for name in ("images", "answers")]
    node = helper.make_node("Conv", ["images", "weight"], ["answers"], auto_pad="SAME_UPPER")
    inner = helper.make_graph([node], "huge", ends[:1], ends[1:], [numpy_helper.from_array(weight, "weight")])
    graph = helper.make_model(inner, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    with pytest.raises(UserError, match="weight: is too large for 16 bits; export it with --int8 instead"):
        halve(graph)
    expected = run(graph, images(1, 8, 8)[:, :1])
    quantize(graph)
    torch.testing.assert_close(run(graph, images(1, 8, 8)[:, :1]), expected, rtol=1e-4, atol=1)
