"""MUNIT and UNIT from the files of NVlabs: the networks of both domains in one, a config beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..models.munit import MUNIT
from ..models.unit import UNIT
from ..nets.style_autoencoder import StyleAutoencoder
from . import settings
from .assemble import Imported, assemble
from .files import beside
from .layout import UNCHANGED
from .network import Network
from .nvlabs import recognize
from .reading import read_pickle, tensors
from .report import Report


def read_munit(file: Path, found: Any, domains: Sequence[str]) -> Imported:
    """A MUNIT or UNIT, of what `file` holds; `dis_*.pt` and `config.yaml` beside it are used when they are there."""
    nets = _pair("generators", file, found)
    critics = beside(file, (file.name.replace("gen", "dis", 1),)) if "gen" in file.name else None
    if critics:
        nets |= _pair("discriminators", critics, read_pickle(critics))
    generator = nets["generators.a"]
    model = MUNIT if isinstance(generator.config, StyleAutoencoder.Config) else UNIT
    report = Report(f"{model.__name__} of NVlabs")
    for role, network in nets.items():
        report.add(role, critics if critics and role.startswith("dis") else file, network)
    config = beside(file, ("config.yaml",))
    knobs = {"generator": generator.config} | _settings(model, nets, config, report)
    if model is MUNIT:
        knobs["style_dim"] = generator.channels[1]
    channels = [nets[f"generators.{role}"].channels[0] for role in "ab"]
    preparation = (
        settings.preparation(config) if config else None
    )  # Both 256 and 512 pixels were published, and no tensor tells.
    return assemble(model, knobs, domains, channels, nets, report, preparation)


def _pair(player: str, file: Path, found: Any) -> dict[str, Network]:
    """The networks of both domains in one file."""
    if not isinstance(found, Mapping) or not found.keys() >= {"a", "b"}:
        raise UserError(f"{file}: holds no networks `a` and `b`, as MUNIT and UNIT write them; {UNCHANGED}")
    nets = {}
    for role in "ab":
        network = recognize(tensors(found[role], file), f"{file}: {role}")
        if f"{network.kind}s" != player:
            raise UserError(
                f"{file}: holds a {network.what}, where a {player[:-1]} is needed; give the files their own names"
            )
        nets[f"{player}.{role}"] = network
    one, other = nets.values()
    if (one.config, one.channels[1:]) != (other.config, other.channels[1:]):
        what = f"these are a {one.what} and a {other.what}"
        raise UserError(f"{file}: both networks must be of one shape, {what}; give both of one training")
    return nets


def _settings(
    model: type[MUNIT] | type[UNIT], nets: Mapping[str, Network], path: Path | None, report: Report
) -> dict[str, Any]:
    """The knobs that tensors do not tell: from `config.yaml`, else the defaults, which are the published ones."""
    critic = nets["discriminators.a"].config if "discriminators.a" in nets else None
    published = {"name": "multiscale", "width": nets["generators.a"].config.width}  # Both are 64.
    knobs: dict[str, Any] = {"discriminator": critic or published}
    if path is None:
        report.notes.append("assumed, for there is no config.yaml: padding reflect, activations relu and lrelu")
        report.notes.append("assumed, for there is no config.yaml: the published weights of the losses")
        return knobs
    tables = settings.read(path)
    settings.check(tables, nets["generators.a"].config, critic, path)
    report.knobs = str(path)
    report.notes.append(f"padding, activations and the weights of the losses: as {path.name} says")
    if tables.get("vgg_w"):
        report.notes.append(f"not used: vgg_w of {path.name}; set model.perceptual.weight, which needs VGG16's weights")
    if critic is None:
        knobs["discriminator"] |= settings.critic_of(tables)
    return knobs | settings.knobs(model, tables, path)
