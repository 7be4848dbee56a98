"""Training steps of ours and of the official code, taken in turns."""

from __future__ import annotations

import platform
import subprocess
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

import torch

from .child import Child
from .floor import peak_rate
from .job import Job

ROUNDS, STEPS, STARTS = 3, 2, 3


@dataclass
class Result:
    """Seconds of each round, ours and the peer's, and what is known of the processes."""

    job: Job
    ours: list[float] = field(default_factory=list)
    peers: list[float] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    peer_memory: dict[str, int] = field(default_factory=dict)
    about: dict = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        """peer / ours of each round, ascending."""
        return sorted(peer / own for own, peer in zip(self.ours, self.peers, strict=True)) if self.peers else []


def measure(job: Job, peer: str, rounds: int = ROUNDS, steps: int = STEPS, starts: int = STARTS) -> Result:
    """Rounds of ours, then the peer's, so that a slow hour of the machine is slow for both; all of it several times
    with new processes, because where its memory happens to lie makes one process a sixth slower than the next."""
    result = Result(job)
    for _ in range(starts):
        own, other = Child(job), Child(job.on(peer)) if peer else None
        result.about = own.built
        for _ in range(rounds):
            result.ours.append(median(own.take(steps)))
            if other:
                result.peers.append(median(other.take(steps)))
        result.memory = own.close()
        result.peer_memory = other.close() if other else {}
    return result


def row(result: Result, rate: float | None = None) -> dict:
    """A row for `results/speed.jsonl`. `ratio` is peer / ours; its spread are the least and greatest of the rounds.

    `floor` are the seconds that the step's convolutions, computed directly, take at `rate`, the highest that was seen
    in this run; ways with fewer products can pass it.
    """
    job, ours, precision = result.job, median(result.ours), result.about["speed"].split(",")[0]
    rate = rate or peak_rate(precision, job.device)
    floor = result.about["flops"] / rate
    found = {
        "model": job.model, "device": machine(job.device), "size": job.size, "batch": job.batch, "width": job.width,
        "precision": result.about["speed"], "seconds": round(ours, 4), "spread_seconds": _ends(result.ours),
        "gflop": round(result.about["flops"] / 1e9, 1), "peak_gflops": round(rate / 1e9),
        "floor": round(floor, 4), "of_floor": round(floor / ours, 3), **mebibytes(result.memory),
    }  # fmt: skip
    if result.peers:
        found |= {
            "peer_seconds": round(median(result.peers), 4),
            "ratio": round(median(result.ratios), 3),
            "spread": _ends(result.ratios),
            "rounds": len(result.ratios),
            **mebibytes(result.peer_memory, "peer_"),
        }
    return stamp("step") | found


def mebibytes(memory: dict[str, int], prefix: str = "") -> dict[str, int]:
    """`peak_mib` of the process, libraries included, and `step_mib` of what a step adds to weights and optimizer."""
    return {f"{prefix}{name}_mib": size // 2**20 for name, size in memory.items()}


def stamp(kind: str) -> dict:
    """Facts of every row: when and with what it was measured."""
    return {
        "kind": kind, "date": date.today().isoformat(), "commit": commit(), "torch": torch.__version__,
        "python": platform.python_version(), "threads": torch.get_num_threads(),
    }  # fmt: skip


def machine(device: str) -> str:
    """`device` in words."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"cpu: {names[0].partition(':')[2].strip()}, {torch.get_num_threads()} threads" if names else "cpu"


def commit() -> str:
    words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip()


def _ends(values: list[float]) -> list[float]:
    return [round(min(values), 4), round(max(values), 4)]
