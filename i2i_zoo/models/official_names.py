"""The names that the official code logs losses under, for those who compare with it. Our values are weighted."""

from __future__ import annotations

from collections.abc import Mapping

CYCLEGAN = {  # A, B are domains a, b; G_A translates a -> b, and D_A judges its fakes (models/cycle_gan_model.py)
    "fool_b": "G_A", "fool_a": "G_B", "judge_b": "D_A", "judge_a": "D_B", "cycle_a": "cycle_A", "cycle_b": "cycle_B",
    "identity_b": "idt_A", "identity_a": "idt_B",
}  # fmt: skip
GENERATORS = {"fool": "gen_adv", "image": "gen_recon_x", "perceptual": "gen_vgg", "judge": "dis"}
MUNIT = GENERATORS | {"content": "gen_recon_c", "style": "gen_recon_s", "cycle": "gen_cycrecon_x"}  # trainer.py
UNIT = GENERATORS | {"kl": "gen_recon_kl", "cycle": "gen_cyc_x"}
CYCLES = {"cycle_kl_a": "gen_recon_kl_cyc_aba", "cycle_kl_b": "gen_recon_kl_cyc_bab"}


def _each(names: Mapping[str, str]) -> dict[str, str]:
    return {f"{ours}_{role}": f"{theirs}_{role}" for ours, theirs in names.items() for role in "ab"}


OFFICIAL: dict[str, dict[str, str]] = {"cyclegan": CYCLEGAN, "munit": _each(MUNIT), "unit": _each(UNIT) | CYCLES}
