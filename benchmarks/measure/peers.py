"""Steps of the official projects, driven through their own classes. Their code is not part of this project."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch.utils.serialization
import yaml

from .job import noise

MARKS = {  # model -> a file that only a clone of its official project has
    "cyclegan": "models/cycle_gan_model.py",
    "munit": "configs/edges2shoes_folder.yaml",
    "unit": "configs/unit_edges2shoes_folder.yaml",
}


def find_peer(path: Path, model: str) -> str:
    """The clone for `model`: `path` itself, or a folder in it; '' if there is none."""
    for folder in (path, *sorted(p for p in path.iterdir() if p.is_dir())):
        if (folder / MARKS[model]).is_file() and (model == "cyclegan" or (folder / "trainer.py").is_file()):
            return str(folder.resolve())
    return ""


def peer_step(job) -> Callable[[], None]:
    """One training iteration of the official code, with its published settings at the job's size."""
    sys.path.insert(0, job.peer)
    return cyclegan(job) if job.model == "cyclegan" else nvlabs(job)


def cyclegan(job) -> Callable[[], None]:
    from models.cycle_gan_model import CycleGANModel

    options = cyclegan_options(job, isTrain=True)
    model = CycleGANModel(options)
    images = batch(job)

    def step() -> None:
        model.set_input({"A": images[0], "B": images[1], "A_paths": "", "B_paths": ""})
        model.optimize_parameters()

    return step


def cyclegan_options(job, **more) -> argparse.Namespace:
    """Options that the class reads, as its command line would set them for a published experiment."""
    return argparse.Namespace(
        gpu_ids=[0] if job.device == "cuda" else [], checkpoints_dir="/tmp", name="speed", preprocess="resize_and_crop",
        lambda_A=10.0, lambda_B=10.0, lambda_identity=0.5, input_nc=3, output_nc=3, ngf=job.width, ndf=job.width,
        netG="resnet_9blocks", netD="basic", norm="instance", no_dropout=True, init_type="normal", init_gain=0.02,
        n_layers_D=3, pool_size=50, gan_mode="lsgan", lr=2e-4, beta1=0.5, direction="AtoB", **more,
    )  # fmt: skip


def nvlabs(job) -> Callable[[], None]:
    """MUNIT or UNIT: one code, in two projects."""
    if job.device == "cpu":  # The code moves all to a GPU.
        torch.Tensor.cuda = lambda self, *_, **__: self
        torch.nn.Module.cuda = lambda self, *_, **__: self
        torch.Tensor.get_device = lambda self: 0
    torch.utils.serialization.load_lua = None  # It is of a torch long gone, imported and not used here.
    from trainer import MUNIT_Trainer, UNIT_Trainer

    config = yaml.safe_load((Path(job.peer) / MARKS[job.model]).read_text())
    config["gen"]["dim"] = config["dis"]["dim"] = job.width
    config["vgg_w"] = 0
    config["display_size"] = 1
    trainer = (MUNIT_Trainer if job.model == "munit" else UNIT_Trainer)(config).to(job.device)
    a, b = batch(job)

    def step() -> None:
        trainer.update_learning_rate()
        trainer.dis_update(a, b, config)
        trainer.gen_update(a, b, config)

    return step


def batch(job) -> list[torch.Tensor]:
    return list(noise(job).values())
