"""Translating pictures rather than tensors: files, PIL images, arrays and whole folders."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice, starmap
from pathlib import Path
from typing import Any, TypeAlias

import torch
from PIL import Image
from torch import Tensor

from ..data.images.files import from_unit, holds, read_with_metadata, to_pil, write
from ..data.images.finding import Found, search
from ..data.images.formats import WRITABLE
from ..data.images.metadata import Metadata
from ..data.preparation import Resizer, SizeChoice, choose
from ..errors import UserError
from ..models import Translator
from ..speed.choice import Speed
from ..speed.context import Forms
from .pictures import Picture, to_pixels

Content: TypeAlias = tuple[Tensor, Metadata]  # of a file
THREADS, AHEAD = 2, 4  # that decode and as many that write; images decoded, and translated, before they are needed


def translate(
    model: Translator,
    image: Picture | Sequence[Picture],
    to: str,
    style: Tensor | None = None,
    size: SizeChoice = None,
    restore: bool = False,
    seed: int | None = None,
) -> Any:
    """A picture of the domain `to`, as a PIL image of the size of the model's training; for a list, a list.

    The image is scaled to that size first, as test images are. A model that knows no size, or was trained at native
    sizes, takes it as it is, as `size="native"` does; a number of pixels or (height, width) is another size. `restore`
    scales the answer back to the image's own size. Grey pictures keep their depth; color has 8 bits, because PIL knows
    no other (`i2i translate` keeps 16).

    `image` is the path of a file, its bytes, a file opened as bytes, a PIL image, an array (H, W) or (H, W, C), or a
    tensor (C, H, W); arrays and tensors hold uint8, uint16 or floats in [0, 1]. `style` is for models that have styles:
    (style_dim,) for all images or (N, style_dim), one for each. `seed` draws one for each, always the same; without
    both they are drawn from torch's global RNG. No gradients are kept. Raises `FileError` for a file that cannot be
    read, and `UserError` for a domain, a style or a size that does not exist.
    """
    if isinstance(image, list | tuple):
        styles = _styles(model, style, seed, len(image))
        return [_translate(model, one, to, own, size, restore) for one, own in zip(image, styles, strict=True)]
    [own] = _styles(model, style, seed, 1)
    return _translate(model, image, to, own, size, restore)


def _styles(model: Translator, style: Tensor | None, seed: int | None, count: int) -> Sequence[Tensor | None]:
    """The style of each of `count` images, None where it is still to be drawn; a seed means nothing without styles."""
    if style is not None and seed is not None:
        raise UserError("style and seed both say the style; give one of them")
    if seed is not None and model.style_dim:
        return model.sample_style(count, seed)
    return [None] * count if style is None else model.style_for_each(style, count)


def _translate(
    model: Translator, image: Picture, to: str, style: Tensor | None, size: SizeChoice, restore: bool
) -> Image.Image:
    resizer = Resizer(choose(model.preparation, size), restore)
    source = model.source(to)
    pixels = to_pixels(image, model.channels[source], bounded=model.range_of(source).span is None)
    fake = resizer.finish(translate_pixels(model, resizer.prepare(pixels), to, style), pixels)
    if len(fake) > 4:
        raise UserError(f"{len(fake)} channels make no PIL image; use model.translate, or `i2i translate`")
    return to_pil(fake if len(fake) == 1 else from_unit(model.range_of(to).to_unit(fake), torch.uint8))


@torch.inference_mode()
def translate_pixels(
    model: Translator,
    pixels: Tensor,
    to: str,
    style: Tensor | None = None,
    speed: Speed | None = None,
    forms: Forms | None = None,
) -> Tensor:
    """Stored pixels (C, H, W) -> (C', H, W) of the domain `to`, same dtype; where the model has ranges, its images'.

    They are taken as they are, whatever size the model was trained at.
    `speed` says how it is computed; None: plainly. Images of more than 8 bits are computed in fp32 in any case. `forms`
    of weights are kept there from one image to the next.
    """
    speed = speed or Speed()
    source, target = model.range_of(model.source(to)), model.range_of(to)
    if not pixels.dtype == target.dtype_for(pixels.dtype) == torch.uint8:
        speed = speed._replace(precision="fp32")
    with speed.applied(model, forms):
        fake = model.translate(source.to_unit(pixels)[None].to(model.device), to=to, style=style)[0]
    return target.from_unit(fake.float().cpu(), pixels.dtype)


def translate_files(
    model: Translator,
    files: Iterable[tuple[Path, Path]],
    to: str,
    style: Tensor | None = None,
    speed: Speed | None = None,
    resizer: Resizer | None = None,
) -> Iterator[tuple[Path, str]]:
    """Translate each (input, output) pair of paths; yields the input and what went wrong with it, or ''.

    While one image goes through the network, threads decode the next ones and write the last ones. `speed` is that of
    `translate_pixels`; `resizer` brings images to the model's size, None: they are taken as they are. The model's
    weights must stay as they are until the last one.
    """
    forms, resizer, domain = Forms(), resizer or Resizer(None), model.source(to)
    channels, bounded = model.channels[domain], model.range_of(domain).span is None
    read_one = partial(read_with_metadata, channels=channels, bounded=bounded)

    def work(pixels: Tensor, metadata: Metadata) -> tuple[Tensor, Metadata]:
        fake = translate_pixels(model, resizer.prepare(pixels), to, style, speed, forms)
        return resizer.finish(fake, pixels), resized(metadata, resizer)

    waiting: deque[tuple[Path, Future[None]]] = deque()
    with ThreadPoolExecutor(THREADS) as readers, ThreadPoolExecutor(THREADS) as writers:
        for source, target, decoded in _read_ahead(readers, files, read_one):
            waiting.append((source, writers.submit(_write, _attempt(work, decoded), target)))
            if len(waiting) > AHEAD:
                yield _outcome(*waiting.popleft())
        yield from starmap(_outcome, waiting)


def _read_ahead(
    readers: Executor, files: Iterable[tuple[Path, Path]], read_one: Callable[[Path], Content]
) -> Iterator[tuple[Path, Path, Future[Content]]]:
    """The pairs of `files`, each with its image on the way, a few ahead of the one that is asked for."""
    coming = ((source, target, readers.submit(read_one, source)) for source, target in files)
    ahead = deque(islice(coming, AHEAD))
    while ahead:
        yield ahead.popleft()
        ahead.extend(islice(coming, 1))


def _attempt(work: Callable[[Tensor, Metadata], Content], decoded: Future[Content]) -> Content | Exception:
    """The translation of an image, or why there is none."""
    try:
        return work(*decoded.result())
    except (UserError, OSError, MemoryError, RuntimeError) as error:
        return error


def _write(fake: Content | Exception, target: Path) -> None:
    if isinstance(fake, Exception):
        raise fake
    image, metadata = fake
    write(image, target, metadata)


def resized(metadata: Metadata, resizer: Resizer) -> Metadata:
    """The metadata of an image for its translation, alpha at the size of that."""
    return metadata if metadata.alpha is None else metadata._replace(alpha=resizer.alongside(metadata.alpha))


def _outcome(source: Path, written: Future[None]) -> tuple[Path, str]:
    try:
        with plain_failure(source):
            written.result()
    except UserError as error:
        return source, str(error)
    return source, ""


@contextmanager
def plain_failure(file: Path) -> Iterator[None]:
    """What goes wrong with one file, or is too much for the memory, as a `UserError` that names it."""
    try:
        yield
    except OSError as error:
        raise UserError(str(error)) from error
    except (MemoryError, RuntimeError) as error:  # torch reports a lack of memory as a RuntimeError
        raise UserError(f"{file}: cannot be translated ({' '.join(str(error).split())[:200]})") from error


def image_files(inputs: Sequence[Path | Found]) -> list[Path]:
    """The files among `inputs`, and all images below the folders among them; raises `UserError` for empty folders."""
    return [file for found in search(inputs) for file in found.paths]


def plan(inputs: Sequence[Path | Found], out: Path, dtype: torch.dtype | None = None) -> list[tuple[Path, Path]]:
    """(input, output) paths for files and folders: same names and same sub-folders below `out`.

    Formats that are not written, such as GIF, become PNG; those that hold no `dtype`, the type of all translations,
    become PNG or TIFF. Raises `UserError` when two inputs would be written to the
    same file, or an input over itself.
    """
    files: dict[Path, Path] = {}
    for found in search(inputs):
        folder = found.folder
        for source in found.paths:
            if folder and out.resolve() in source.resolve().parents and out.resolve() != folder.resolve():
                continue  # a translation of before, in a folder below its input
            relative = source.relative_to(folder) if folder else Path(source.name)
            target = out / _writable(relative, dtype)
            if target.resolve() == source.resolve():
                raise UserError(f"{source}: would be overwritten by its own translation; choose another --out")
            if files.get(target, source) != source:
                raise UserError(
                    f"{source} and {files[target]} would both be written to {target}; "
                    "translate one at a time, each to an --out of its own"
                )
            files[target] = source
    return [(source, target) for target, source in files.items()]


def _writable(path: Path, dtype: torch.dtype | None) -> Path:
    """The path, with another ending where files with its own are not written, or hold no `dtype`."""
    ending = path.suffix.lower()
    if ending in WRITABLE and (dtype is None or holds(ending, dtype)):
        return path
    return path.with_suffix(".png" if dtype is None or holds(".png", dtype) else ".tif")
