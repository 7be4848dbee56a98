"""Weights that a stranger may send: safetensors files that describe a model, and pickles of the official projects."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import torch
from stranger import damaged

LONG = "x" * 5000
DESCRIPTIONS: dict[str, Any] = {  # key of the description -> values that it cannot have
    "format": (99, "1", None, [], -(10**400), float("nan")),
    "model": (None, [], "cyclegan", {}, {"name": LONG}, {"name": ["cyclegan"]}, {"name": "../../evil"}),
    "domains": (None, 5, "a", [1, 2], ["a"], ["a", "a"], ["../a", "b"], ["a\n", "b"], [LONG, ["b"]], {}),
    "channels": (None, 3, [0, 3], [-1, 3], ["3", "3"], [2**40, 3], [3.0, 3], [10**5, 3], [], [True, 3]),
    "absent": (5, {"a": 1}.values, None),
}
KNOBS = {  # of the model
    "generator": ({"name": "resnet", "width": 10**9}, {"name": "resnet", "blocks": 10**9}, {"name": "nope"}, 3),
    "discriminator": ({"name": "patchgan", "scales": 50}, {"name": "patchgan", "layers": 10**6}, []),
    "cycle": (-1, "10", float("inf"), None),
    LONG: (1,),
    "\x1b[2J": (1,),
}


def split(file: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and data of a safetensors file."""
    length = int.from_bytes(file[:8], "little")
    return json.loads(file[8 : 8 + length]), file[8 + length :]


def joined(header: Any, data: bytes, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def described(header: dict[str, Any], change: dict[str, Any] | str, model: dict[str, Any] | None = None) -> dict:
    """The header with another description of the model."""
    facts = json.loads(header["__metadata__"]["model.json"])
    if isinstance(change, dict):
        change = json.dumps(facts | change | ({"model": facts["model"] | model} if model else {}))
    return header | {"__metadata__": {"model.json": change}}


def descriptions(file: bytes) -> dict[str, bytes]:
    """Good tensors under a description that is not theirs, or none."""
    header, data = split(file)
    texts = ["", "{", "null", "[]", "3", '"x"', "[" * 100_000, '{"a":' * 100_000, "{}", "\ud800", "9" * 5000]
    found = {f"text-{i}": joined(described(header, text), data) for i, text in enumerate(texts)}
    for key, values in DESCRIPTIONS.items():
        for i, value in enumerate(values):
            found[f"{key}-{i}"] = joined(described(header, {key: None if callable(value) else value}), data)
    for key, values in KNOBS.items():
        for i, value in enumerate(values):
            found[f"knob-{key[:9]!a}-{i}"] = joined(described(header, {}, {key: value}), data)
    return found


def headers(file: bytes) -> dict[str, bytes]:
    """Headers that lie about the tensors behind them."""
    header, data = split(file)
    name = next(key for key in header if key != "__metadata__")
    entry, rest = header[name], {key: value for key, value in header.items() if key != name}
    changes = [
        {"data_offsets": offsets}
        for offsets in ([0, 2**62], [2**62, 2**63], [-8, 0], [8, 0], [0, 1], [0], [], "x", None, [0.0, 8.0], [2**64, 1])
    ]
    changes += [
        {"shape": shape} for shape in ([2**31, 2**31, 2**31], [-1], [0], "x", None, [[1]], [2**70], [1] * 9_000, [9.0])
    ]
    changes += [{"dtype": kind} for kind in ("F64", "I64", "BOOL", "F4", "X", "", None, 3, "C64", "F8_E8M0")]
    found = {f"entry-{i}": joined(rest | {name: entry | change}, data) for i, change in enumerate(changes)}
    names = ("../../elsewhere/evil", "/tmp/evil", "generators.../evil", "", "\0", LONG, "__metadata__", "b2a.")
    found |= {f"name-{i}": joined(rest | {other: entry}, data) for i, other in enumerate(names)}
    found |= {f"length-{n}": joined(header, data, n) for n in (0, 1, 2, 100, 2**20, 2**31, 2**63, 2**64 - 1)}
    found |= {f"header-{i}": joined(text, data) for i, text in enumerate((b"", b"{}", b"[]", b"\xff" * 9, b"[" * 9**5))}
    missing = {"without-one": joined(rest, data), "without-data": joined(header, b""), "zero": b"", "short": file[:7]}
    return found | missing | {"twice": file + file, "huge": struct.pack("<Q", 99_000_000) + b"{" * 99}


def with_pickle(program: bytes) -> bytes:
    """A file of torch.save with another pickle in it."""
    torch.save({"a": torch.zeros(3)}, good := io.BytesIO())
    with zipfile.ZipFile(good) as file, zipfile.ZipFile(bad := io.BytesIO(), "w") as other:
        for entry in file.namelist():
            other.writestr(entry, program if entry.endswith("data.pkl") else file.read(entry))
    return bad.getvalue()


def pickles() -> dict[str, bytes]:
    """Programs that run code, end the process, or never end."""
    doubled = b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(60))
    programs = {
        "deep-key": b"})" + b"\x85" * 300_000 + b"K\x01s.",
        "deep-key-marked": b"}" + b"(" * 100_000 + b"K\x01t" * 100_000 + b"K\x01s.",
        "doubled-key": b"})" + doubled + b"K\x01s.",
        "wide-key": b"}(" + b"K\x01" * 2_000_000 + b"tK\x01s.",
        "deep-list": b"}X\x01\0\0\0a" + b"]" * 300_000 + b"a" * 299_999 + b"s.",
        "deep-dict": b"}" * 3 + b"X\x01\0\0\0a}" * 50_000 + b"s" * 50_000 + b".",
        "marks": b"(" * 300_000 + b".",
        "no-end": b"}" * 1000,
        "underflow": b"\x85\x85\x85.",
        "pops": b"000.",
        "memo": b"h\x07.",
        "number": b"}X\x01\0\0\0aI" + b"9" * 5000 + b"\ns.",
        "long": b"}X\x01\0\0\0a\x8b\xff\xff\xff\x7f",
        "text": b"}X\xff\xff\xff\x7fabc",
        "itself": b"}q\x00X\x01\0\0\0ah\x00s.",
        "itself-listed": b"]q\x00h\x00a.",
        "storage": b"}X\x01\0\0\0a(X\x07\0\0\0storagectorch\nFloatStorage\n"
        b"X\x0a\0\0\0../../evilX\x03\0\0\0cpuK\x03tQs.",
    }
    codes = (
        "os\nsystem", "builtins\neval", "__builtin__\nexec", "subprocess\nPopen", "torch\nload", "torch\nsave",
        "torch.hub\nload", "numpy\nload", "pickle\nloads", "pathlib\nPath", "torch._utils\n_rebuild_wrapper_subclass",
        "torch.storage\n_load_from_bytes", "torch\nStorage.x",
    )  # fmt: skip
    programs |= {f"code-{i}": b"c" + code.encode() + b"\n(X\x0e\0\0\0touch executedtR." for i, code in enumerate(codes)}
    return {name: with_pickle(b"\x80\x02" + program) for name, program in programs.items()}


def files(good: Path) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """Safetensors that cannot be loaded, those that may be, and pickles that cannot."""
    whole = good.read_bytes()
    return descriptions(whole) | headers(whole), dict(enumerate(map(bytes, damaged(whole, 120, seed=0)))), pickles()
