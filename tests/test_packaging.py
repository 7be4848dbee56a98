"""What the package says of itself, in the several places that say it."""

import re
import tomllib
from pathlib import Path

import yaml

import i2i_zoo

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_one_version_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    [newest, *_] = re.findall(r"^## (\S+),", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert citation["version"] == newest == i2i_zoo.__version__
    assert citation["license"] == PROJECT["license"] and i2i_zoo.__name__ in citation["title"]


def test_papers_are_cited_alike():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert sorted(paper["url"] for paper in citation["references"]) == sorted(PROJECT["urls"].values())


def test_it_is_said_which_pythons_are_meant():
    least = PROJECT["requires-python"].removeprefix(">=")
    named = [words.split(" :: ")[-1] for words in PROJECT["classifiers"] if words.startswith("Programming Language")]
    versions = [name for name in named if "." in name]
    assert min(versions, key=lambda v: tuple(map(int, v.split(".")))) == least
