"""The networks of a model as modules of one `forward`, and their graphs, of any batch and size."""

from __future__ import annotations

import warnings
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.export import Dim
from torch.nn import functional as F

from ..models.base import Translator
from .package import needed
from .sizes import pad_and_crop, pad_behind

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 18  # the first whose Resize, Pad and reductions take what the networks ask for


class Translation(nn.Module):
    """Images (N, C, H, W), multiples of the stride, and styles (N, style_dim) -> images (N, C', H, W) of `to`."""

    def __init__(self, model: Translator, to: str):
        super().__init__()
        self.model, self.to = model, to

    def forward(self, images: Tensor, style: Tensor | None = None) -> Tensor:
        return self.model(images, self.to) if style is None else self.model(images, self.to, style=style)


class StyleOf(nn.Module):
    """Images (N, C, H, W) of a domain -> their styles (N, style_dim), as by MUNIT's `encode_style`."""

    def __init__(self, model: Any, domain: str):
        super().__init__()
        role = model.roles[domain]
        self.encoder = model.prior.folded(role, model.generators[role]).style  # A graph cannot invert a matrix.

    def forward(self, images: Tensor) -> Tensor:
        return self.encoder(images)


def translation(model: Translator, source: str, to: str) -> ModelProto:
    """The graph from `images` (and `style`) to `answers`: images in [-1, 1] of any batch, height and width."""
    stride, least = model.stride, -(-model.smallest // model.stride)
    images = torch.zeros(2, model.channels[source], (least + 2) * stride, (least + 3) * stride)
    style = (torch.zeros(2, model.style_dim),) if model.style_dim else ()
    graph = _graph(Translation(model, to), (images, *style), stride, least, ("padded", "style"), "whole")
    pad_and_crop(graph, stride, model.smallest)
    return graph


def style_of(model: Translator, domain: str) -> ModelProto:
    """The graph from `images` of a domain, of any batch, height and width, to `style`."""
    smallest = model.smallest_style
    images = torch.zeros(2, model.channels[domain], 3 * smallest + 2, 4 * smallest + 3)
    # Smaller images, down to `smallest`, take the same graph; torch.export would treat features of one pixel apart.
    graph = _graph(StyleOf(model, domain), (images,), 1, 2 * smallest, ("padded",), "style")
    pad_behind(graph, smallest)
    return graph


def _padded_as_even(network: nn.Module) -> nn.Module:
    """A copy in which convolutions of "same" padding have constant ones: those of even heights and widths.

    TensorFlow's padding depends on the size, in expressions that torch.export does not get done with. Heights and
    widths are multiples of the model's stride, hence even wherever they are halved.
    """
    from timm.layers import Conv2dSame

    network = deepcopy(network)
    for module in [one for one in network.modules() if isinstance(one, Conv2dSame)]:
        sides = [
            (kernel - 1) * spread + 1 - stride
            for kernel, spread, stride in zip(module.kernel_size, module.dilation, module.stride, strict=True)
        ]
        pad = [half for side in reversed(sides) for half in (max(side, 0) // 2, max(side, 0) - max(side, 0) // 2)]
        module.forward = partial(_convolved, module, pad)
    return network


def _convolved(module: nn.Conv2d, pad: list[int], x: Tensor) -> Tensor:
    return module._conv_forward(F.pad(x, pad), module.weight, module.bias)


def _graph(
    network: nn.Module, inputs: tuple[Tensor, ...], stride: int, least: int, names: tuple[str, ...], output: str
) -> ModelProto:
    """The network's graph; heights and widths are multiples of `stride`, `least` of them at least."""
    needed("onnx"), needed("onnxscript")
    batch, height, width = Dim("batch"), Dim("rows", min=least), Dim("columns", min=least)
    axes: list[dict[int, Any]] = [{0: batch, 2: stride * height, 3: stride * width}, {0: batch}]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of libraries, on their own use of what torch is about to drop
        program = torch.export.export(
            _padded_as_even(network).eval(), inputs, dynamic_shapes=tuple(axes[: len(inputs)])
        )
        exported = torch.onnx.export(
            program,
            input_names=list(names[: len(inputs)]),
            output_names=[output],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    return _without_traces(exported.model_proto)


def _without_traces(graph: ModelProto) -> ModelProto:
    """Drop what torch notes of each node: paths of this machine and lines of code, half a megabyte of them."""
    for node in graph.graph.node:
        del node.metadata_props[:]
        node.ClearField("doc_string")
    return graph
