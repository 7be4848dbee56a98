"""The speed of training, loading and translating, beside the official code in the same run.

    python benchmarks/speed.py                                     # ours: a training step of each model
    python benchmarks/speed.py --peer CLONES --record              # and the official projects', in turns
    python benchmarks/speed.py --tables                            # step time against size, batch and width
    python benchmarks/speed.py --loader --translate --peer CLONES  # images per second
    python benchmarks/speed.py --device cuda --size 256            # on a GPU

CLONES is a folder with clones of the official projects (pytorch-CycleGAN-and-pix2pix, MUNIT, UNIT), or one of them.
Both sides are processes that take turns, a few steps each; a ratio is peer / ours, the median of the rounds, with the
least and the greatest beside it. `--record` appends a row for each to `results/speed.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the checkout beside it, installed or not

RESULTS = Path(__file__).parent / "results" / "speed.jsonl"


def main() -> None:
    words = parse()
    if words.serve:
        from measure.child import serve
        from measure.job import Job

        return serve(Job(**json.loads(words.serve)))
    for row in rows(words):
        print(json.dumps(row), flush=True)
        if words.record:
            with RESULTS.open("a") as file:
                file.write(json.dumps(row) + "\n")


def rows(words: argparse.Namespace):
    """Everything that was asked for, as rows."""
    import torch
    from measure.job import Job
    from measure.peers import find_peer

    if not torch.cuda.is_available():
        if words.device == "cuda":
            raise SystemExit("there is no CUDA device here; leave out --device cuda")
        print("no CUDA device here: the GPU part is left out", file=sys.stderr)
    torch.set_num_threads(words.threads or torch.get_num_threads())
    for model in words.models:
        peer = find_peer(words.peer, model) if words.peer else ""
        if words.peer and not peer:
            raise SystemExit(f"{words.peer}: holds no official code of {model}")
        sizes = (words.size, words.batch, words.width)
        job = Job(model, *sizes, words.precision, words.device, words.threads, words.checkpointing)
        if words.loader or words.translate:
            yield from pictures(words, job, peer)
        else:
            yield from steps(words, job, peer)


def steps(words: argparse.Namespace, job, peer: str):
    from measure.steps import measure, row

    jobs = [job]
    if words.tables:
        jobs = [replace(job, size=size) for size in (64, 128, 256, 512)]
        jobs += [replace(job, batch=batch) for batch in (2, 4, 8)]
        jobs += [replace(job, width=width) for width in (16, 32, 96)]
    if words.best_batch:
        jobs = [replace(job, batch=batch) for batch in (1, 2, 4, 8, 16, 32)]
    for one in jobs:
        yield row(measure(one, peer, words.rounds, words.steps, words.starts))


def pictures(words: argparse.Namespace, job, peer: str):
    if job.model != "cyclegan":
        return
    from measure.pictures import loader_row, translate_row

    if words.loader:
        yield loader_row(peer)
    if words.translate:
        yield translate_row(job, peer, words.rounds, words.starts)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, help="clones of the official projects")
    parser.add_argument("--models", nargs="+", default=["cyclegan", "munit", "unit"], help="which of them")
    parser.add_argument("--size", type=int, default=128, help="pixels")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--width", type=int, default=64, help="channels after the first layer")
    parser.add_argument("--precision", choices=["auto", "fp32", "bf16", "exact"], default="auto")
    parser.add_argument("--checkpointing", action="store_true", help="gradient checkpointing, on our side")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="of each process; 0: torch's default")
    parser.add_argument("--rounds", type=int, default=3, help="with the same processes")
    parser.add_argument("--starts", type=int, default=3, help="of new processes")
    parser.add_argument("--steps", type=int, default=2, help="in a round, of each side")
    parser.add_argument("--tables", action="store_true", help="against size, batch and width")
    parser.add_argument("--best-batch", action="store_true", help="batches of 1 to 32")
    parser.add_argument("--loader", action="store_true", help="images per second from a folder of JPEGs")
    parser.add_argument("--translate", action="store_true", help="a folder of images")
    parser.add_argument("--record", action="store_true", help=f"append rows to {RESULTS.name}")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
