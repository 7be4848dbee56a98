"""Image files translated one after the other, while threads read the next ones and write the last ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice, starmap
from pathlib import Path
from typing import TypeAlias

from torch import Tensor

from ..data.images.files import read_with_metadata, write
from ..data.images.metadata import Metadata
from ..data.preparation import Resizer
from ..errors import UserError, one_line
from ..models import Translator
from ..speed.choice import Speed
from ..speed.context import WeightCache
from .big.tiling import Tiling
from .translate import translate_pixels

Content: TypeAlias = tuple[Tensor, Metadata]  # of a file
THREADS = 2  # that decode, and as many that write
AHEAD = 4  # images that are decoded before they are needed, and translations that wait to be written


def translate_files(
    model: Translator,
    files: Iterable[tuple[Path, Path]],
    to: str,
    style: Tensor | None = None,
    speed: Speed | None = None,
    resizer: Resizer | None = None,
    tiling: Tiling | None = None,
) -> Iterator[tuple[Path, str]]:
    """Translate each (input, output) pair of paths; yields the input and what went wrong with it, or ''.

    While one image goes through the network, threads decode the next ones and write the last ones. `speed` and `tiling`
    are those of `translate_pixels`; `resizer` brings images to the model's size, None: they are taken as they are. The
    model's weights must stay as they are until the last one.
    """
    cache, resizer, domain = WeightCache(), resizer or Resizer(None), model.source(to)
    channels, bounded = model.channels[domain], model.range_of(domain).span is None
    read_one = partial(read_with_metadata, channels=channels, bounded=bounded)

    def work(pixels: Tensor, metadata: Metadata) -> tuple[Tensor, Metadata]:
        fake = translate_pixels(model, resizer.prepare(pixels), to, style, speed, cache, tiling)
        return resizer.finish(fake, pixels), resized(metadata, resizer)

    ahead = 1 if tiling and tiling.tile else AHEAD
    waiting: deque[tuple[Path, Future[None]]] = deque()
    with ThreadPoolExecutor(THREADS) as readers, ThreadPoolExecutor(THREADS) as writers:
        for source, target, decoded in _read_ahead(readers, files, read_one, ahead):
            waiting.append((source, writers.submit(_write, _attempt(work, decoded), target)))
            if len(waiting) > ahead:
                yield _outcome(*waiting.popleft())
        yield from starmap(_outcome, waiting)


def _read_ahead(
    readers: Executor, files: Iterable[tuple[Path, Path]], read_one: Callable[[Path], Content], count: int
) -> Iterator[tuple[Path, Path, Future[Content]]]:
    """The pairs of `files`, each with its image on the way, `count` ahead of the one that is asked for."""
    coming = ((source, target, readers.submit(read_one, source)) for source, target in files)
    ahead = deque(islice(coming, count))
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
    """Raise what goes wrong with one file, or is too much for the memory, as a `UserError` that names it."""
    try:
        yield
    except OSError as error:
        raise UserError(str(error)) from error
    except (MemoryError, RuntimeError) as error:  # Torch reports a lack of memory as a RuntimeError.
        raise UserError(f"{file}: cannot be translated ({one_line(error, 200)})") from error
