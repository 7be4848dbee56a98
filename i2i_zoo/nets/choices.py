"""Types of config fields that hold a network, chosen by name."""

from typing import Annotated

from ..config import Choice, Config
from ..registry import discriminators, generators

Generator = Annotated[Config, Choice(generators)]
Discriminator = Annotated[Config, Choice(discriminators)]
