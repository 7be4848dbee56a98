import pytest

from i2i_zoo.errors import UserError
from i2i_zoo.registry import Configurable, Registry


@pytest.fixture
def zoo() -> Registry:
    registry = Registry("animal")

    @registry.register("zebra")
    class Zebra(Configurable):
        class Config:
            pass

    return registry


def test_a_name_finds_its_class_and_the_class_knows_its_name(zoo):
    assert zoo["zebra"].name == "zebra"
    assert zoo["zebra"].Config.owner is zoo["zebra"]
    assert list(zoo) == ["zebra"] and len(zoo) == 1


def test_an_unknown_name_is_a_key_error_that_suggests(zoo):
    with pytest.raises(UserError, match=r"^no animal is called 'zbra'; did you mean 'zebra'\?$"):
        zoo["zbra"]
    assert "zbra" not in zoo
    assert zoo.get("zbra") is None


def test_a_name_is_taken_once(zoo):
    class Config:
        pass

    with pytest.raises(ValueError, match="registered already"):
        zoo.register("zebra")(type("Impostor", (Configurable,), {"Config": Config}))
