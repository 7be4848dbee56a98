"""Compiled sums are the plain ones, and where they cannot be compiled, they are computed all the same."""

from __future__ import annotations

import pytest
import torch

from i2i_zoo.speed import winograd
from i2i_zoo.speed.choice import Speed
from i2i_zoo.speed.compiled import compiled, has_compiler
from i2i_zoo.speed.context import computing


@pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")
def test_minimal_filtering_with_compiled_sums():
    torch.manual_seed(0)
    weight = torch.randn(16, 16, 3, 3).mul_(0.1).requires_grad_()
    for n, height, width in [(2, 8, 10), (3, 6, 12)]:
        x = torch.randn(n, 16, height, width).contiguous(memory_format=torch.channels_last).requires_grad_()
        found = []
        for chosen in (False, True):
            with computing(Speed(channels_last=True, compiled=chosen)):
                y = winograd.conv2d(x, weight)
            found.append((y, *torch.autograd.grad(y, [x, weight], torch.ones_like(y))))
        for plain, fast in zip(*found, strict=True):
            assert plain.stride() == fast.stride()
            torch.testing.assert_close(plain, fast)


@pytest.mark.parametrize("error", [RuntimeError, OSError])
def test_what_cannot_be_compiled_is_computed_all_the_same(error, monkeypatch):
    def broken(x):
        raise error("InvalidCxxCompiler: no working C++ compiler\nand much more")

    def sums(x):
        return x + 1

    monkeypatch.setattr(torch, "compile", lambda function, dynamic: broken)
    fast = compiled(sums)
    with pytest.warns(UserWarning, match="sums cannot be compiled, .* InvalidCxxCompiler: no working C"):
        assert fast(torch.ones(1)) == 2
    assert fast(torch.ones(1)) == 2, "said once"

    def wrong(x):
        raise RuntimeError("a mistake of its own")

    fast = compiled(wrong)
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="a mistake of its own"):
        fast(torch.ones(1))


def test_a_compiler_is_looked_for_by_its_name(monkeypatch):
    monkeypatch.setenv("CXX", "surely-no-compiler")
    assert not has_compiler()
