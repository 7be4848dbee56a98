"""One training per folder, and no lock that outlives it."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from types import SimpleNamespace

import pytest

from i2i_zoo.cli.begin import _is_first
from i2i_zoo.compare import execute
from i2i_zoo.errors import UserError
from i2i_zoo.runs.lock import hold


def test_one_holder_who_is_named_and_leaves_nothing(tmp_path):
    folder = tmp_path / "runs" / "new"
    with hold(folder):
        with pytest.raises(UserError, match=f"is being trained already by process {os.getpid()} on .*; wait for it"):
            hold(folder).__enter__()
        assert os.listdir(folder) == [".lock"]
    assert not folder.parent.exists()
    with hold(folder):
        (folder / "log.jsonl").write_text("")
    assert os.listdir(folder) == ["log.jsonl"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python 3.12 on forks
def test_it_ends_with_its_process_even_if_loader_processes_live_on(tmp_path):
    reader, writer = os.pipe()
    if not (holder := os.fork()):
        with hold(tmp_path):
            worker = os.fork()
            if worker:
                os.write(writer, f"{worker}\n".encode())
            time.sleep(60)
        os._exit(0)
    worker = int(os.read(reader, 100))
    try:
        time.sleep(0.3)
        with pytest.raises(UserError, match=f"process {holder} "):
            hold(tmp_path).__enter__()
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
        os.kill(worker, 0)  # is still there
        with hold(tmp_path):
            pass
    finally:
        os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize(("module", "name"), [(os, "open"), (fcntl, "flock")])
def test_a_folder_that_cannot_be_locked_is_no_obstacle(tmp_path, monkeypatch, module, name):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(module, name, refuse)
    entered = 0
    with hold(tmp_path):
        entered += 1
        with hold(tmp_path):
            entered += 1
    assert entered == 2


def test_a_comparison_deletes_no_folder_in_which_another_one_trains(tmp_path):
    part = SimpleNamespace(finished=False, existing=False, step=0, folder=tmp_path / "part", recipe=None)
    with hold(part.folder):
        (part.folder / "log.jsonl").write_text("")
        with pytest.raises(UserError, match="is being trained already"):
            execute.train(part, print)
        assert (part.folder / "log.jsonl").exists()


@pytest.mark.parametrize(("rank", "first"), [(None, True), ("0", True), ("1", False)])
def test_several_ranks_are_one_holder(monkeypatch, rank, first):
    monkeypatch.delenv("RANK", raising=False)
    if rank:
        monkeypatch.setenv("RANK", rank)
    assert _is_first() == first
