"""The README promises nothing that is not there."""

import re
from pathlib import Path

from i2i_zoo.cli import app
from i2i_zoo.recipe.files import packaged
from i2i_zoo.recipe.recipe import load

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_its_recipe_is_valid(tmp_path):
    text, *_ = re.findall(r"```toml\n(.*?)```", README, re.S)
    (tmp_path / "scans.toml").write_text(text)
    loaded = load(tmp_path / "scans.toml")
    assert loaded.build_model().channels == {"healthy": 1, "tumor": 1}


def test_its_commands_and_recipes_exist():
    for words in re.findall(r"i2i (\w+) ([\w/]*)", README):
        if words[0] != "is":  # a word of a sentence
            assert app[words[0]]
            assert words[0] != "train" or "/" not in words[1] or words[1] in packaged()


def test_its_pictures_and_files_exist():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert len(links) > 5 and all((Path(__file__).parents[1] / link).exists() for link in links)
