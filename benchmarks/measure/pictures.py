"""Images per second: loading a folder for training, and translating one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from .folders import SIDE, draw_jpegs, our_epochs, peer_epoch
from .job import Job
from .steps import machine, measure, stamp

IMAGES, ROUNDS = 100, 5
TRANSLATED = 16


def loader_row(peer: str) -> dict:
    """Images per second of our loader from its second epoch on, and of the official one with 0, 2 or 4 workers."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        draw_jpegs(root, IMAGES)
        epochs = our_epochs(root, ROUNDS + 1)
        first = rate(lambda: next(epochs))
        workers = (0, 2, 4) if peer else ()
        others = {count: peer_epoch(peer, root, count) for count in workers}
        found: dict[int | str, list[float]] = {"ours": []} | {count: [] for count in workers}
        for _ in range(ROUNDS):
            found["ours"].append(rate(lambda: next(epochs)))
            for count, epoch in others.items():
                found[count].append(rate(epoch))
    known = {"device": machine("cpu"), "size": 256, "images_per_second": round(median(found["ours"]))}
    known["first_epoch"] = round(first)
    if peer:
        best = max(workers, key=lambda count: median(found[count]))
        known |= beside(found["ours"], found[best]) | {"peer_workers": best}
    return stamp("loader") | known


def translate_row(job: Job, peer: str, rounds: int, starts: int) -> dict:
    """Images per second of `i2i translate` on a folder, and of the official `test.py`, two processes that take turns
    and are started anew several times; both write PNGs."""
    with tempfile.TemporaryDirectory() as folder:
        draw_jpegs(Path(folder), TRANSLATED)
        result = measure(replace(job, folder=str(Path(folder) / "trainA")), peer, rounds, 1, starts)
    own, other = ([TRANSLATED / seconds for seconds in found] for found in (result.ours, result.peers))
    known = {"model": "cyclegan", "device": machine("cpu"), "size": SIDE, "width": job.width}
    known |= {"precision": job.precision, "images_per_second": round(median(own), 3)}
    return stamp("translate") | known | (beside(own, other) if peer else {}) | {"rounds": len(own)}


def beside(ours: list[float], peers: list[float]) -> dict:
    """The peer's rate; how many times ours is higher, and the least and the greatest of the rounds."""
    ratios = [own / other for own, other in zip(ours, peers, strict=True)]
    spread = [round(min(ratios), 2), round(max(ratios), 2)]
    return {"peer_images_per_second": round(median(peers), 3), "ratio": round(median(ratios), 2), "spread": spread}


def rate(work: Callable[[], int]) -> float:
    """Images per second."""
    started = time.perf_counter()
    return work() / (time.perf_counter() - started)
