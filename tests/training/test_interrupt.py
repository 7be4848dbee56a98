"""Which signals end a training, and how often they may come."""

from __future__ import annotations

import os
import signal

import pytest

from i2i_zoo.training.interrupt import Interrupt


@pytest.fixture
def restored():
    before = {s: signal.getsignal(s) for s in (signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU])
def test_the_signals_of_terminals_and_batch_systems_may_come_again_and_another_one_after_them(number, restored):
    before = signal.getsignal(number)
    with Interrupt() as interrupt:
        for sent in (number, number, signal.SIGTERM):
            os.kill(os.getpid(), sent)
    assert interrupt.exit_code == 128 + number
    assert signal.getsignal(number) is before


def test_a_second_sigterm_acts_as_usual(restored):
    heard = []
    signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupt.requested and not heard
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [signal.SIGTERM]


def test_what_nohup_ignores_stays_ignored(restored):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGHUP)
    assert not interrupt.requested


def test_the_inner_with_leaves_the_outer_one_as_it_is(restored):
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    with Interrupt() as interrupt:
        with interrupt:
            pass
        os.kill(os.getpid(), signal.SIGUSR1)
    assert interrupt.requested
