"""A row for `benchmarks/results/quality.jsonl`: the scores of `i2i evaluate`, with what was trained and for how long.

    python benchmarks/quality.py RUN test.name=paired test.root=datasets/edges2shoes --note "..." --record

Words with `=` change the run's recipe. The row has the scores, the protocol and the seconds, as in the run's own
`evaluation/<step>.json`. Rows before `protocol` appeared in them were of the same definitions: `l1`, `psnr`, `edge_f1`
and `cycle_l1` of all test pairs, resized whole to `size`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from datetime import date
from pathlib import Path

from i2i_zoo.runs.score import score

RESULTS = Path(__file__).parent / "results" / "quality.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("overrides", nargs="*", help="changes to the recipe, key=value")
    parser.add_argument("--recipe", help="another recipe, in place of the run's own")
    parser.add_argument("--note", default="", help="what was trained, and for how long")
    parser.add_argument("--record", action="store_true", help=f"append the row to {RESULTS.name}")
    words = parser.parse_intermixed_args()

    report = score(words.run, words.overrides, words.recipe)
    del report["weights"], report["scores"]
    row = json.dumps({"date": date.today().isoformat(), "commit": commit(), "note": words.note} | report)
    print(row)
    if words.record:
        with RESULTS.open("a") as file:
            file.write(row + "\n")


def commit() -> str:
    words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
