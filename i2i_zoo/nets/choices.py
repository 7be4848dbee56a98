"""Types of config fields that hold a network, chosen by name."""

from typing import Annotated

from ..config import Choice, Config
from ..registry import discriminators, generators, style_autoencoders

Generator = Annotated[Config, Choice(generators)]
StyleGenerator = Annotated[Config, Choice(style_autoencoders)]
Discriminator = Annotated[Config, Choice(discriminators)]
