from typing import Annotated, Literal

import pytest
from pydantic import PositiveInt, ValidationError

from i2i_zoo.config import Choice, Config, ConfigError, Size
from i2i_zoo.registry import Configurable, Registry

networks = Registry("network")


@networks.register("deep")
class Deep(Configurable):
    class Config(Config):
        blocks: PositiveInt = 9
        size: Size = 64

    def __init__(self, config, channels):
        self.config, self.channels = config, channels


class Sheet(Config):
    network: Annotated[Config, Choice(networks)] = Deep.Config()
    required: Annotated[Config, Choice(networks)] | None = None
    lr: float = 1.0
    mode: Literal["fast", "exact"] = "fast"
    tables: dict[str, Deep.Config] = {}


def test_dump_and_parse_are_inverse():
    sheet = Sheet.parse({"network": {"name": "deep", "blocks": 3, "size": [4, 8]}, "lr": 2})
    assert sheet.network.size == (4, 8)
    assert sheet.dump()["network"] == {"name": "deep", "blocks": 3, "size": [4, 8]}
    assert Sheet.parse(sheet.dump()) == sheet


def test_a_table_without_a_name_changes_the_default():
    assert Sheet.parse({"network": {"blocks": 3}}).network == Deep.Config(blocks=3)


def test_a_config_builds_its_owner():
    built = Sheet().network.build(3)
    assert isinstance(built, Deep) and built.channels == 3 and built.config.blocks == 9


def test_configs_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Sheet().lr = 3.0


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"lrr": 1.0}, "recipe.lrr: no such key; did you mean 'lr'?"),
        ({"lr": "2e-4"}, "recipe.lr: expected a number, got '2e-4'"),
        ({"lr": float("nan")}, "recipe.lr: expected a finite number, got nan"),
        ({"mode": "fats"}, "recipe.mode: expected 'fast' or 'exact', got 'fats'"),
        ({"network": {"name": "dep"}}, "recipe.network.name: no network is called 'dep'; did you mean 'deep'?"),
        ({"required": {"blocks": 3}}, "recipe.required: `name` is missing, one of: deep"),
        ({"network": {"blocs": 3}}, "recipe.network.blocs: no such key; did you mean 'blocks'?"),
        ({"network": "deep"}, 'recipe.network: expected a table such as {name = "deep"}, with a `name`, one of: deep'),
        ({"network": {"name": "deep", "blocs": 3}}, "recipe.network.blocs: no such key; did you mean 'blocks'?"),
        ({"network": {"name": "deep", "blocks": 1.5}}, "recipe.network.blocks: expected an integer, got 1.5"),
        ({"network": {"name": ["deep"]}}, "recipe.network.name: no network is called ['deep']; did you mean 'deep'?"),
        ({"tables": {"x": {"bloks": 1}}}, "recipe.tables.x.bloks: no such key; did you mean 'blocks'?"),
        ({"a {brace}": 1}, "recipe.a {brace}: no such key; known: lr, mode, network, required, tables"),
    ],
)
def test_a_mistake_is_one_line_with_its_path(data, line):
    with pytest.raises(ConfigError) as error:
        Sheet.parse(data)
    assert str(error.value) == line


def test_all_mistakes_are_reported_at_once():
    with pytest.raises(ConfigError) as error:
        Sheet.parse({"lr": "x", "network": {"name": "deep", "blocks": -1}})
    assert len(str(error.value).splitlines()) == 2
