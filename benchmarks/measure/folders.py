"""Folders of JPEGs to read, and the official code's ways of reading and translating them."""

from __future__ import annotations

import argparse
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision import transforms

from .job import Job

SIDE = 256
TO_TENSOR = (transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3))


def draw_jpegs(root: Path, count: int) -> None:
    """`count` JPEGs of 256 x 256 in each of `root`/trainA and trainB: noise over gradients, as heavy as photographs."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, SIDE)
    for name in ("trainA", "trainB"):
        (root / name).mkdir(parents=True)
        for number in range(count):
            coarse = np.kron(rng.integers(0, 80, (SIDE // 4, SIDE // 4, 3)), np.ones((4, 4, 1)))
            pixels = (coarse + ramp[:, None, None] * 0.5 + ramp[None, :, None] * 0.2).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number:04d}.jpg", quality=92)


def peer_epoch(peer: str, root: Path, workers: int) -> Callable[[], int]:
    """An epoch of the official loader: resize to 286, crop of 256, flip; returns the images that it gave.

    The transforms are given to it, because copies of the official code differ in them.
    """
    sys.path.insert(0, peer)
    from data.unaligned_dataset import UnalignedDataset

    options = argparse.Namespace(
        dataroot=str(root), phase="train", max_dataset_size=float("inf"), direction="AtoB", input_nc=3, output_nc=3,
        serial_batches=False, preprocess="resize_and_crop", load_size=286, crop_size=SIDE, no_flip=False,
    )  # fmt: skip
    dataset = UnalignedDataset(options)
    resize = [transforms.Resize([286, 286], transforms.InterpolationMode.BICUBIC), transforms.RandomCrop(SIDE)]
    dataset.transform_A = transforms.Compose([*resize, transforms.RandomHorizontalFlip(), *TO_TENSOR])
    dataset.transform_B = dataset.transform_A
    loader = torch.utils.data.DataLoader(dataset, batch_size=1, shuffle=True, num_workers=workers)
    return lambda: sum(len(batch["A"]) + len(batch["B"]) for batch in loader)


def our_epochs(root: Path, epochs: int) -> Iterator[int]:
    """Epochs of our loader with the same transforms; yields the images of each."""
    from i2i_zoo.data.stream import StepBatches, loader
    from i2i_zoo.registry import datasets
    from i2i_zoo.speed.choice import retain_freed_memory

    retain_freed_memory()
    knobs = {"root": str(root), "domains": ("a", "b"), "size": SIDE, "resize": 286}
    stream = datasets["unpaired"].Config(**knobs).build().stream
    length = stream.epoch_length
    for epoch in range(epochs):
        numbers = StepBatches(1, epoch * length, (epoch + 1) * length)
        yield sum(images.shape[0] for batch in loader(stream, numbers, 0, False) for images in batch.values())


def translation(job: Job) -> Callable[[], None]:
    """The translation of all images of `job.folder`, to PNGs beside it."""
    root = Path(job.folder)
    out = root.parent / f"{root.name}-{'theirs' if job.peer else 'ours'}"
    return peer_translation(job, root, out) if job.peer else our_translation(job, root, out)


def peer_translation(job: Job, root: Path, out: Path) -> Callable[[], None]:
    """The loop of the official `test.py --model test`, without its web page."""
    sys.path.insert(0, job.peer)
    sys.modules.setdefault("matplotlib", types.ModuleType("matplotlib"))
    sys.modules.setdefault(
        "matplotlib.pyplot", types.ModuleType("pyplot")
    )  # It is imported for pictures of another kind.
    from models import networks
    from util.util import save_image, tensor2im

    net = networks.define_G(3, 3, job.width, "resnet_9blocks", "instance", False, "normal", 0.02, [])
    transform, files = transforms.Compose(TO_TENSOR), sorted(root.iterdir())
    out.mkdir(parents=True, exist_ok=True)

    def run() -> None:
        for file in files:
            image = transform(Image.open(file).convert("RGB"))[None]
            with torch.no_grad():
                fake = net(image)
            for label, visual in (("real", image), ("fake", fake)):
                save_image(tensor2im(visual), str(out / f"{file.stem}_{label}.png"))

    return run


def our_translation(job: Job, root: Path, out: Path) -> Callable[[], None]:
    """The translation of a large folder, as `i2i translate` does it."""
    import i2i_zoo
    from i2i_zoo.inference.files import translate_files
    from i2i_zoo.inference.outputs import plan_outputs
    from i2i_zoo.speed.choice import MANY, choose_to_translate, retain_freed_memory

    retain_freed_memory()
    precision = "fp32" if job.precision == "exact" else job.precision
    speed = choose_to_translate(torch.device("cpu"), precision, MANY)
    model = i2i_zoo.create("cyclegan", ("a", "b"), generator={"name": "resnet", "width": job.width}).eval()
    files = [(source, target.with_suffix(".png")) for source, target in plan_outputs([root], out)]

    def run() -> None:
        problems = [problem for _, problem in translate_files(model, files, "b", speed=speed) if problem]
        assert not problems, problems

    return run
