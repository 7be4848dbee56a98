"""The consoles, as a process has them."""

from __future__ import annotations

import subprocess
import sys

WORK = """
import sys
from i2i_zoo.cli.console import say
for number in range(3):
    say("a line that nobody reads")
    sys.stdout.flush()
print("the work went on", file=sys.stderr)
"""


def test_a_closed_pipe_ends_nothing():
    """`i2i train ... | head`"""
    words = [sys.executable, "-c", "input()" + WORK]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, text=True, **pipes) as process:
        process.stdout.close()
        process.stdin.write("\n")
        process.stdin.close()
        assert process.stderr.read() == "the work went on\n"
    assert process.returncode == 0
