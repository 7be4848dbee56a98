"""Any size for a graph whose network takes multiples of a stride: padding before it and a crop behind it, in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .package import needed

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

AXES = {"height": 2, "width": 3}


class Nodes:
    """Nodes as they are added, each named after what it makes."""

    def __init__(self) -> None:
        self.made: list[NodeProto] = []

    def add(self, kind: str, name: str, *inputs: str, **options: Any) -> str:
        """Append a node of this kind that makes the tensor `name`; returns the name."""
        node = needed("onnx").helper.make_node(kind, list(inputs), [name], name=name, **options)
        self.made.append(node)
        return name

    def constant(self, value: int | list[int], name: str) -> str:
        """A constant of 64 bits."""
        tensor = needed("onnx").numpy_helper.from_array(np.array(value, np.int64), name)
        return self.add("Constant", name, value=tensor)


def pad_and_crop(graph: ModelProto, stride: int, smallest: int) -> None:
    """Surround a graph from `padded` to `whole`, images both, by nodes that make it one from `images` to `answers`.

    As `Translator.translate` does it: by reflection, as often as it takes, to a multiple of `stride` that is at least
    `smallest`, as much before as behind. Changes the graph in place.
    """
    before, behind = Nodes(), Nodes()
    starts = [_pad(before, axis, stride, smallest) for axis in AXES]
    before.made[-1].output[0] = "padded"
    ends = [behind.add("Add", f"{axis}.end", start, f"{axis}.size") for axis, start in zip(AXES, starts, strict=True)]
    first, last = behind.add("Concat", "starts", *starts, axis=0), behind.add("Concat", "ends", *ends, axis=0)
    behind.add("Slice", "answers", "whole", first, last, behind.constant([*AXES.values()], "axes"))
    _surround(graph, before, behind)


def pad_behind(graph: ModelProto, smallest: int) -> None:
    """Put nodes before a graph of images `padded`, so that it takes `images` smaller than `smallest`, too."""
    before = Nodes()
    for axis in AXES:
        _pad(before, axis, 1, smallest, evenly=False)
    before.made[-1].output[0] = "padded"
    _surround(graph, before, Nodes())


def _pad(nodes: Nodes, axis: str, stride: int, smallest: int, evenly: bool = True) -> str:
    """Pad `images`, or what the axis before this one made of them; returns the name of the rows before: shape (1,)."""

    def add(kind: str, name: str, *inputs: str, **options: Any) -> str:
        return nodes.add(kind, f"{axis}.{name}", *inputs, **options)

    values = {1, 2, stride, stride - 1, smallest} | ({0} if not evenly else set())
    number = {value: nodes.constant([value], f"{axis}.number.{value}") for value in values}
    size = add("Shape", "size", "images", start=AXES[axis], end=AXES[axis] + 1)
    strides = add("Div", "strides", add("Add", "almost", size, number[stride - 1]), number[stride])
    full = add("Max", "full", add("Mul", "multiple", strides, number[stride]), number[smallest])
    missing = add("Sub", "missing", full, size)
    start = add("Div", "start", missing, number[2]) if evenly else add("Mul", "start", missing, number[0])
    last = add("Sub", "last", size, number[1])
    period = add("Max", "period", add("Mul", "twice", last, number[2]), number[1])
    zero, one = nodes.constant(0, f"{axis}.from"), nodes.constant(1, f"{axis}.step")
    numbers = add("Range", "numbers", zero, add("Squeeze", "count", full), one)
    place = add("Mod", "place", add("Sub", "positions", numbers, start), period)
    mirrored = add("Sub", "mirrored", last, add("Abs", "away", add("Sub", "from_last", place, last)))
    inputs = "images" if axis == "height" else "height.padded"
    add("Gather", "padded", inputs, mirrored, axis=AXES[axis])
    return start


def _surround(graph: ModelProto, before: Nodes, behind: Nodes) -> None:
    """Put nodes before and behind those of the graph, and rename its first input and its first output."""
    inner = [*graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend([*before.made, *inner, *behind.made])
    graph.graph.input[0].name = "images"
    if behind.made:
        graph.graph.output[0].name = "answers"
    for value in (*graph.graph.input, *graph.graph.output):
        shape = value.type.tensor_type.shape.dim
        for name, axis in zip(("batch", "", *AXES), shape, strict=False):
            if axis.dim_param:
                axis.dim_param = name
    del graph.graph.value_info[:]
