"""Image files worked on one after the other, while threads read the next ones and write the last ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import Any, TypeAlias

from ..data.images.metadata import Metadata
from ..errors import UserError, one_line

Content: TypeAlias = tuple[Any, Metadata]  # of a file: a tensor or an array, and what else it says
THREADS = 2  # that decode, and as many that write
AHEAD = 4  # images that are decoded before they are needed, and translations that wait to be written


def in_turn(
    files: Iterable[tuple[Path, Path]],
    read_one: Callable[[Path], Content],
    work: Callable[..., Content],
    write_one: Callable[[Any, Path, Metadata], None],
    large: Callable[[Path], bool] = lambda source: False,
) -> Iterator[tuple[Path, str]]:
    """Read, work on and write each (input, output) pair; yields the input and what went wrong with it, or ''.

    `AHEAD` images are read before they are needed, and as many wait to be written; a `large` one is alone.
    """
    waiting: deque[tuple[Path, Future[None]]] = deque()
    with ThreadPoolExecutor(THREADS) as readers, ThreadPoolExecutor(THREADS) as writers:
        for source, target, decoded, alone in _read_ahead(readers, files, read_one, large):
            waiting.append((source, writers.submit(partial(_write, write_one), _attempt(work, decoded), target)))
            del decoded  # which holds the image
            while len(waiting) > (0 if alone else AHEAD):
                yield _outcome(*waiting.popleft())
        yield from starmap(_outcome, waiting)


def _read_ahead(
    readers: Executor,
    files: Iterable[tuple[Path, Path]],
    read_one: Callable[[Path], Content],
    large: Callable[[Path], bool],
) -> Iterator[tuple[Path, Path, Future[Content], bool]]:
    """The pairs of `files`, each with its image on the way, and whether it is large: those have none beside them."""
    ahead: deque[tuple[Path, Path, Future[Content], bool]] = deque()
    for source, target in files:
        alone = large(source)
        while len(ahead) >= (1 if alone else AHEAD):
            yield ahead.popleft()
        ahead.append((source, target, readers.submit(read_one, source), alone))
        if alone:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def _attempt(work: Callable[..., Content], decoded: Future[Content]) -> Content | Exception:
    """The translation of an image, or why there is none."""
    try:
        return work(*decoded.result())
    except (UserError, OSError, MemoryError, RuntimeError) as error:
        return error


def _write(write_one: Callable[[Any, Path, Metadata], None], fake: Content | Exception, target: Path) -> None:
    if isinstance(fake, Exception):
        raise fake
    image, metadata = fake
    write_one(image, target, metadata)


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
