"""Graphs whose weights take less space: in 16 bits, or in 8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import UserError
from .package import needed

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

Weights = Literal["float32", "float16", "int8"]
_LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_FEW = 64  # numbers, for which it does not pay


def halve(graph: ModelProto) -> None:
    """Keep the weights in float16, in half the space; they are used as float32, so that any processor computes alike.

    Changes the graph in place. Raises `UserError` for weights that float16 cannot hold.
    """
    onnx = needed("onnx")
    casts = []
    for tensor in graph.graph.initializer:
        if not _is_weight(tensor):
            continue
        name, values = tensor.name, onnx.numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if not np.isfinite(half).all():
            raise UserError(f"{name}: is too large for 16 bits; export it with --int8 instead")
        tensor.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], name, to=onnx.TensorProto.FLOAT))
    _put_first(graph, casts)


def quantize(graph: ModelProto) -> None:
    """Keep the weights of convolutions and linear layers in 8 bits, in a quarter of the space.

    Each output channel has its own scale, (max |w|) / 127; weights are used as float32. Changes the graph in place.
    """
    onnx = needed("onnx")
    axes = {node.input[1]: _output_axis(node) for node in graph.graph.node if node.op_type in _LAYERS}
    nodes, scales = [], []
    for tensor in graph.graph.initializer:
        if not _is_weight(tensor) or tensor.name not in axes:
            continue
        name, axis, values = tensor.name, axes[tensor.name], onnx.numpy_helper.to_array(tensor)
        others = tuple(i for i in range(values.ndim) if i != axis)
        scale = np.maximum(np.abs(values).max(axis=others, keepdims=True), 1e-12) / 127
        whole = (values / scale).round().astype(np.int8)
        tensor.CopyFrom(onnx.numpy_helper.from_array(whole, f"{name}.int8"))
        scales.append(onnx.numpy_helper.from_array(scale.ravel().astype(np.float32), f"{name}.scale"))
        parts = [f"{name}.int8", f"{name}.scale"]
        nodes.append(onnx.helper.make_node("DequantizeLinear", parts, [name], name, axis=axis))
    graph.graph.initializer.extend(scales)
    _put_first(graph, nodes)


def _is_weight(tensor: TensorProto) -> bool:
    return tensor.data_type == tensor.FLOAT and int(np.prod(tensor.dims)) >= _FEW


def _output_axis(node: NodeProto) -> int:
    """The axis of a layer's weight that its output channels lie along."""
    if node.op_type == "Gemm":
        return 0 if any(one.name == "transB" and one.i for one in node.attribute) else 1
    return int(node.op_type in ("ConvTranspose", "MatMul"))


def _put_first(graph: ModelProto, nodes: list[NodeProto]) -> None:
    rest = [*graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend([*nodes, *rest])
