"""The documents promise nothing that is not there."""

import re
import shlex
from pathlib import Path

import pytest

from i2i_zoo.cli import app
from i2i_zoo.recipe.files import packaged
from i2i_zoo.recipe.recipe import load

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text()


def commands(text: str) -> list[list[str]]:
    """The words of each `i2i` command in blocks of shell."""
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", text, re.S)).replace("\\\n", " ")
    lines = [part.strip() for line in blocks.splitlines() for part in line.split("&&")]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("i2i ")]


def heading(line: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")


def test_its_recipe_is_valid(tmp_path):
    text, *_ = re.findall(r"```toml\n(.*?)```", README, re.S)
    (tmp_path / "scans.toml").write_text(text)
    loaded = load(tmp_path / "scans.toml")
    assert loaded.build_model().channels == {"healthy": 1, "tumor": 1}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_parses_and_its_recipe_exists(path):
    for words in commands(path.read_text()):
        app.parse_args(words, exit_on_error=False, print_error=False)  # raises for an option that is not there
        if words[0] in ("train", "check", "compare"):
            named = [word for word in words[1:] if "/" in word and "=" not in word and word[0] not in "-<"]
            known = [name for name in named if not name.startswith(("runs/", "ablations/maps/*"))]
            assert {*known} <= {*packaged()}, words


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_name_in_code_is_a_command(path):
    named = {word for word in re.findall(r"`i2i (\w+)", path.read_text())}
    assert named <= {*app}, named - {*app}


def test_the_recipes_it_advises_exist():
    section = README.split("## Which recipe", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"`(\w+/\w+)`", section)
    assert len(named) > 5 and {*named} <= {*packaged()}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(path):
    for link, anchor in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", path.read_text()):
        goal = path.parent / link if link else path
        assert goal.exists(), link
        if anchor:
            assert anchor in {heading(line) for line in goal.read_text().splitlines() if line[:1] == "#"}, anchor


def test_every_room_has_a_row():
    rooms = (ROOT / "CONTRIBUTING.md").read_text().split("## Adding", 1)[0]
    for one in (ROOT / "i2i_zoo").iterdir():
        name = f"{one.name}/" if one.is_dir() else one.name
        if not name.startswith("__") and name != "py.typed":
            assert f"`{name}`" in rooms, name


def test_every_file_that_contributing_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for name in {*re.findall(r"`((?:\w+/)+\w+\.py)`", text)}:
        assert (ROOT / name).exists() or (ROOT / "i2i_zoo" / name).exists(), name
