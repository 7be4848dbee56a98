"""Reading a stranger's pickle for the tensors in it and nothing else."""

from __future__ import annotations

import pickletools
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from ..errors import UserError, one_line
from .tuples import Tuples

TENSORS = {  # what a pickle of tensors asks for; weights_only knows more, `bytearray(4_000_000_000)` for one
    "collections OrderedDict",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch.nn.parameter Parameter",
    "torch Size",
}
AGAIN = "it is damaged, get it again"
ALONE = "save the weights alone: torch.save(net.state_dict(), path)"
MAGIC = 0x1950A86A20F9469CFC6C  # the number that files of before torch 1.6 begin with
UNUSED = {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"}  # other ways to ask


def read_pickle(path: Path) -> Any:
    """Read what `torch.save` wrote to `path`, if it is nothing but tensors in dicts and lists; raises `UserError`.

    Nothing in the file is executed, and it cannot make us allocate more than about its own size.
    """
    try:
        archive = _is_archive(path)
        for name in _asked(path, archive):
            if name not in TENSORS and not _is_storage(name):
                asked = name.replace(" ", ".")
                raise UserError(f"{path}: asks for {asked!r}, which is no tensor, and nothing was run; {ALONE}")
        # What is mapped cannot make torch allocate what the file claims.
        return torch.load(path, map_location="cpu", weights_only=True, mmap=archive)
    except (UserError, MemoryError):
        raise
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); see that you may read it") from None
    except Exception as error:  # Torch and pickletools raise nearly anything on damaged files.
        reason = f"{type(error).__name__}: {one_line(error, 120)}"
        raise UserError(f"{path}: is no file that torch.save wrote, or a damaged one ({reason}); {AGAIN}") from None


def tensors(found: Any, path: Path) -> dict[str, Tensor]:
    """Check `found`, and give it as plain float32 tensors by name, without the `module.` of DataParallel.

    Raises `UserError`.
    """
    if not isinstance(found, Mapping) or not found:
        raise UserError(f"{path}: holds no state dict, which is a dict of tensors; {ALONE}")
    state = {}
    for key, value in found.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise UserError(f"{path}: {str(key)[:80]!r} is no tensor, so this is no state dict of one network; {ALONE}")
        state[key] = _plain(value, f"{path}: {key}")
    wrapped = all(key.startswith("module.") for key in state)
    return {key.removeprefix("module."): value for key, value in state.items()} if wrapped else state


def _plain(tensor: Tensor, where: str) -> Tensor:
    if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_complex() or tensor.is_quantized:
        kind = f"{tensor.layout}, {tensor.dtype}, {tensor.device.type}"
        raise UserError(f"{where} is no plain tensor ({kind}); save it dense, as real numbers and on the CPU")
    if not tensor.numel():
        raise UserError(f"{where} is empty, its shape is {tuple(tensor.shape)}; {AGAIN}")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise UserError(f"{where} claims {tensor.numel():,} values, more than the file holds; {AGAIN}")
    tensor = tensor.detach().float() if tensor.is_floating_point() else tensor.detach()
    if not torch.isfinite(tensor).all():
        raise UserError(f"{where} holds NaN or infinity; the training had failed, take an earlier checkpoint")
    return tensor


def _is_archive(path: Path) -> bool:
    """Tell whether it is a zip file, as torch has written since 1.6; torch looks at the first bytes too."""
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return False
    with zipfile.ZipFile(path) as archive:
        size = path.stat().st_size
        if any(entry.compress_type != zipfile.ZIP_STORED or entry.file_size > size for entry in archive.infolist()):
            raise UserError(f"{path}: claims to hold more than its {size:,} bytes; {AGAIN}")
    return True


def _asked(path: Path, archive: bool) -> Iterator[str]:
    """Every class or function that the pickles in the file name, as "module name"; raises `UserError`, `ValueError`."""
    most = max(path.stat().st_size, 1 << 20)
    if archive:
        with zipfile.ZipFile(path) as file:
            for entry in file.namelist():
                if entry.endswith(".pkl"):
                    with file.open(entry) as stream:
                        yield from _globals(stream, most, path)
        return
    with path.open("rb") as stream:
        for part in range(5):  # They are a magic number, protocol, system, the object, and the keys of storages.
            if not stream.peek(1):
                return
            yield from _globals(stream, most if part else MAGIC, path)


def _globals(stream: IO[bytes], most: int, path: Path) -> Iterator[str]:
    tuples = Tuples(max(path.stat().st_size, 1 << 20))
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "GLOBAL":
            yield str(argument)
        elif opcode.name in UNUSED:
            raise ValueError(f"the opcode {opcode.name}")
        elif isinstance(argument, int) and argument > most:  # of storages, sizes, strides
            raise UserError(f"{path}: claims {argument:,} numbers, and has {path.stat().st_size:,} bytes; {AGAIN}")
        tuples.follow(opcode, argument)


def _is_storage(name: str) -> bool:
    module, _, kind = name.partition(" ")
    return module in ("torch", "torch.cuda", "torch.storage") and kind.endswith("Storage") and kind.isalnum()
