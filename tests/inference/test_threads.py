"""One loaded model in many threads: the results of one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from PIL import Image

import i2i_zoo
from i2i_zoo.weights.model import export

SMALL = {
    "cyclegan": {"generator": {"name": "resnet", "width": 4, "blocks": 2}, "discriminator": {"name": "pixelgan"}},
    "munit": {"generator": {"width": 4, "blocks": 2, "mlp_width": 8}},
    "unit": {"generator": {"width": 4, "blocks": 2}},
}
THREADS, EACH = 8, 3


def at_once(work):
    """`work(i)` for each i, all threads beginning at the same moment."""
    barrier = Barrier(THREADS)

    def play(thread):
        barrier.wait(timeout=60)
        return [work(thread * EACH + i) for i in range(EACH)]

    with ThreadPoolExecutor(THREADS) as pool:
        return [one for share in pool.map(play, range(THREADS)) for one in share]


@pytest.mark.parametrize("name", list(SMALL))
def test_eight_threads_translate_as_one(tmp_path, name):
    torch.manual_seed(0)
    export(i2i_zoo.create(name, ("a", "b"), **SMALL[name]), tmp_path / "m.safetensors", {})
    model = i2i_zoo.load(tmp_path / "m.safetensors")
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    styles = model.sample_style(THREADS * EACH, seed=1) if model.style_dim else [None] * THREADS * EACH
    for i in range(THREADS * EACH):  # sizes differ, so that padding does
        noise = torch.randint(256, (17 + i % 5, 20 + i % 3, 3), dtype=torch.uint8)
        Image.fromarray(noise.numpy()).save(tmp_path / f"{i}.png")

    def work(i):
        to = "ab"[i % 2]
        return i2i_zoo.translate(model, tmp_path / f"{i}.png", to=to, style=styles[i]).tobytes()

    alone = [work(i) for i in range(THREADS * EACH)]
    assert at_once(work) == alone and len({*alone}) == THREADS * EACH
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())


def test_styles_are_told_and_used_in_threads():
    torch.manual_seed(0)
    model = i2i_zoo.create("munit", ("a", "b"), **SMALL["munit"]).eval()
    images = torch.rand(THREADS * EACH, 1, 3, 20, 24) * 2 - 1

    @torch.no_grad()
    def work(i):
        style = model.encode_style(images[-1 - i], "b")
        return model.translate(images[i], "b", style=style)

    alone = [work(i) for i in range(THREADS * EACH)]
    assert all(map(torch.equal, at_once(work), alone))
