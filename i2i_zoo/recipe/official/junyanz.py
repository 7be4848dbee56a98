"""Options of pytorch-CycleGAN-and-pix2pix and of contrastive-unpaired-translation (CUT)."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from ...errors import FileError, UserError, one_line, printable

LARGEST = 1 << 16  # bytes; the official files have three thousand
Options = dict[str, str]
DEFAULTS: Options = {  # options/*.py and models/cycle_gan_model.py
    "dataroot": "", "model": "cycle_gan", "direction": "AtoB", "input_nc": "3", "output_nc": "3",
    "netG": "resnet_9blocks", "ngf": "64", "netD": "basic", "ndf": "64", "n_layers_D": "3", "norm": "instance",
    "no_dropout": "True", "gan_mode": "lsgan", "lambda_A": "10.0", "lambda_B": "10.0", "lambda_identity": "0.5",
    "pool_size": "50", "load_size": "286", "crop_size": "256", "preprocess": "resize_and_crop", "no_flip": "False",
    "batch_size": "1", "n_epochs": "100", "n_epochs_decay": "100", "lr": "0.0002", "beta1": "0.5",
    "lr_policy": "linear", "num_threads": "4",
}  # fmt: skip
CUT: Options = {"n_epochs": "200", "n_epochs_decay": "200", "beta2": "0.999", "pool_size": "0", "lambda_identity": "0"}
OLDER = {  # names of before 2019 -> today's
    "which_model_netG": "netG", "which_model_netD": "netD", "which_direction": "direction", "fineSize": "crop_size",
    "loadSize": "load_size", "niter": "n_epochs", "niter_decay": "n_epochs_decay", "batchSize": "batch_size",
    "nThreads": "num_threads", "resize_or_crop": "preprocess", "identity": "lambda_identity", "normG": "norm",
}  # fmt: skip
USUAL = {  # options that a recipe has no counterpart of -> the values at which nothing is lost; None: any
    "init_type": {"normal", "xavier"}, "init_gain": {"0.02"}, "serial_batches": {"False"}, "max_dataset_size": {"inf"},
    "continue_train": {"False"}, "epoch_count": {"1"}, "lr_decay_iters": None, "isTrain": None, "phase": {"train"},
    "dataset_mode": {"unaligned"}, "normD": {"instance"}, "no_antialias": {"True"}, "no_antialias_up": {"True"},
    "stylegan2_G_num_downsampling": None, "beta2": None, "no_lsgan": None, "netF": None, "netF_nc": None,
    "random_scale_max": {"3.0"}, "preprocess_mode": None, "load_iter": None, "epoch": None, "easy_label": None,
    "checkpoints_dir": None, "name": None, "gpu_ids": None, "verbose": None, "suffix": None, "use_wandb": None,
    "wandb_project_name": None, "ckpt_dir": None, "save_latest_freq": None, "save_epoch_freq": None, "print_freq": None,
    "save_by_iter": None, "update_html_freq": None, "no_html": None, "evaluation_freq": None, "pretrained_name": None,
}  # fmt: skip
CUT_ONLY = ("nce_", "lambda_", "CUT_", "flip_", "num_patches")  # of its losses, which are not written
PROGRAM = ("display_", "results_", "aspect_")  # beginnings of options that only show and store


def read_file(path: Path) -> Options:
    """The options of a `train_opt.txt`; raises `UserError`."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} bytes")
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be read as official options ({one_line(error)})") from None
    lines = (re.fullmatch(r"\s*(\w+): (.*?)\s*(\[default: .*\]\s*)?", line) for line in text.splitlines())
    options = {line[1]: line[2].strip() for line in lines if line}
    if not options.keys() & {*DEFAULTS, *OLDER}:
        raise UserError(f"{path}: holds no options; give the train_opt.txt of a run, or a config ending in .yaml")
    return options


def read_command(command: str) -> Options:
    """The options of a command line; raises `UserError`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UserError(f"{printable(command)}: is no command line ({one_line(error)}); check its quotes") from None
    options: Options = {}
    for place, word in enumerate(words):
        if word.startswith("--"):
            key, equals, value = word[2:].partition("=")
            following = words[place + 1] if place + 1 < len(words) else "--"
            options[key] = value if equals else "True" if following.startswith("--") else following
    return options


def tables(given: Options) -> tuple[dict[str, Any], list[str]]:
    """The tables of the recipe that options ask for, and a line for each that has no counterpart."""
    given = {OLDER.get(key, key): value for key, value in given.items()}
    kind = given.get("model", "cut" if "CUT_mode" in given or "lambda_NCE" in given else "cycle_gan")
    notes = []
    if kind in ("cut", "fastcut", "sincut"):
        notes.append(f"model {kind}: is not in this zoo; CycleGAN is written in its place, on the same data")
    elif kind != "cycle_gan":
        raise UserError(f"model {printable(kind)}: is not for unpaired images; give options of cycle_gan or cut")
    o = DEFAULTS | (CUT if kind != "cycle_gan" else {}) | given
    recipe = {"model": _model(o, notes), "data": _data(o, notes), "train": _train(o, notes)}
    meaningless = PROGRAM if kind == "cycle_gan" else (*PROGRAM, *CUT_ONLY)
    for key, value in given.items():
        usual = USUAL.get(key, set())
        if not (key in DEFAULTS or key.startswith(meaningless) or usual is None or value in usual):
            notes.append(f"{printable(key)} = {printable(value)}")
    return recipe, notes


def _number(o: Options, key: str, kind: type = float) -> Any:
    try:
        return kind(o[key])
    except ValueError:
        raise UserError(f"{key} is {printable(o[key])}, which is no {kind.__name__}; mend the option") from None


def _true(o: Options, key: str) -> bool:
    return o[key].lower() in ("true", "1")


def _model(o: Options, notes: list[str]) -> dict[str, Any]:
    forward, backward = _number(o, "lambda_A"), _number(o, "lambda_B")
    cycle = forward or backward
    shares = {"forward": forward / cycle, "backward": backward / cycle} if forward != backward else {}
    objective = {"wgangp": "wgan-gp"}.get(o["gan_mode"], o["gan_mode"])
    if _true(o, "no_lsgan") if "no_lsgan" in o else False:  # of before 2019
        objective = "vanilla"
    return {
        "name": "cyclegan",
        "cycle": cycle,
        **shares,
        "identity": _number(o, "lambda_identity"),
        "pool": _number(o, "pool_size", int),
        "gan": {"objective": objective},
        "generator": _generator(o, notes),
        "discriminator": _discriminator(o, notes),
    }


def _generator(o: Options, notes: list[str]) -> dict[str, Any]:
    common = {"width": _number(o, "ngf", int), "norm": o["norm"], "dropout": 0.0 if _true(o, "no_dropout") else 0.5}
    if found := re.fullmatch(r"resnet_(\d+)blocks", o["netG"]):
        return {"name": "resnet", "blocks": int(found[1])} | common
    if o["netG"] in ("unet_128", "unet_256"):
        return {"name": "unet", "depth": {"unet_128": 7, "unet_256": 8}[o["netG"]]} | common
    notes.append(f"netG = {printable(o['netG'])}: resnet_9blocks is written in its place")
    return {"name": "resnet", "blocks": 9} | common


def _discriminator(o: Options, notes: list[str]) -> dict[str, Any]:
    common = {"width": _number(o, "ndf", int), "norm": o["norm"]}
    if o["netD"] == "pixel":
        return {"name": "pixelgan"} | common
    if o["netD"] not in ("basic", "n_layers"):
        notes.append(f"netD = {printable(o['netD'])}: basic is written in its place")
    layers = _number(o, "n_layers_D", int) if o["netD"] == "n_layers" else 3
    return {"name": "patchgan", "layers": layers} | common


def _data(o: Options, notes: list[str]) -> dict[str, Any]:
    size, resize, how = _number(o, "crop_size", int), _number(o, "load_size", int), o["preprocess"]
    found = re.fullmatch(r"(\w+?)2(\w+)", Path(o["dataroot"]).name)
    names = [found[1], found[2]] if found and found[1] != found[2] else ["A", "B"]
    turned = o["direction"] == "BtoA"
    folders = {"folders": ["trainB", "trainA"]} if turned else {}
    if turned and (Path(o["dataroot"]).expanduser() / "testA").is_dir():
        folders["test_folders"] = ["testB", "testA"]
    elif turned:
        notes.append("direction = BtoA: test images are the training images until data.test_folders names others")
    fits = {"resize_and_crop": "stretch", "crop": "none", "none": "none"}
    if how not in fits:
        notes.append(f'preprocess = {printable(how)}: fit = "cover" is the closest')
    return {
        "name": "unpaired",
        "root": o["dataroot"],
        "domains": names[::-1] if turned else names,
        **folders,
        "channels": [_number(o, "input_nc", int), _number(o, "output_nc", int)],
        "size": size,
        **({"resize": max(resize, size)} if fits.get(how) != "none" and resize != size else {}),
        "fit": fits.get(how, "cover"),
        "augment": {"flip": 0.0 if _true(o, "no_flip") else 0.5},
        "workers": _number(o, "num_threads", int),
    }


def _train(o: Options, notes: list[str]) -> dict[str, Any]:
    constant, decay = _number(o, "n_epochs", int), _number(o, "n_epochs_decay", int)
    betas = [_number(o, "beta1"), _number(o, "beta2") if "beta2" in o else 0.999]
    if o["lr_policy"] != "linear":
        notes.append(f"lr_policy = {printable(o['lr_policy'])}: the linear schedule is written in its place")
    return {
        "epochs": constant + decay,
        "batch": _number(o, "batch_size", int),
        "names": "official",
        "optimizer": {"lr": _number(o, "lr"), "betas": betas},
        "schedule": {"name": "linear", "constant": round(constant / max(constant + decay, 1), 6)},
    }
