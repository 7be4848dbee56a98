"""Names for things. Names exist only in recipes, on the command line and in checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import ClassVar, TypeVar

from .errors import UserError
from .plugins import load_environment

T = TypeVar("T", bound=type)


def did_you_mean(word: str, known: Iterable[str], most: int | None = None) -> str:
    """The end of an error message: the closest known word, or all when none is close, shortest first if over `most`."""
    known = sorted(known)
    close = get_close_matches(word[:100], known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = known if most is None else sorted(sorted(known, key=len)[:most])
    return f"known: {', '.join(shown) or 'none'}{', ...' if len(shown) < len(known) else ''}"


class UnknownName(UserError, KeyError):
    """A name that nothing is registered under."""

    __str__ = Exception.__str__  # KeyError would show the repr of the sentence


class Configurable:
    """A class with a nested frozen `Config`; `register` gives both the name they go by."""

    name: ClassVar[str]


class Registry(Mapping[str, type]):
    """Classes by name, filled by decorators: `@models.register("cyclegan")`.

    Importing the package `home` registers those that come with the library; the first look-up does it, and imports
    what the environment variable I2I_PLUGINS names (`a.b,c`, or files), for models of your own.
    """

    def __init__(self, kind: str, home: str | None = None):
        self.kind, self.home = kind, home
        self._classes: dict[str, type] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Decorate a `Configurable` to be found under `name`. A name can be taken only once."""

        def decorate(cls: T) -> T:
            taken = self._classes.get(name)
            if taken is not None and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
                raise ValueError(f"{self.kind} {name!r} is registered already, by {taken.__module__}")
            cls.name = cls.Config.name = name
            cls.Config.owner = cls
            self._classes[name] = cls
            return cls

        return decorate

    def __getitem__(self, name: str) -> type:
        self._fill()
        try:
            return self._classes[name]
        except (KeyError, TypeError):
            raise UnknownName(
                f"no {self.kind} is called {name!r:.80}; {did_you_mean(str(name), self._classes)}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        self._fill()
        return iter(sorted(self._classes))

    def __len__(self) -> int:
        self._fill()
        return len(self._classes)

    def _fill(self) -> None:
        if self.home:
            import_module(self.home, __package__)
            load_environment()


models = Registry("model", ".models")
generators = Registry("generator", ".nets")
autoencoders = Registry("autoencoder", ".nets")
style_autoencoders = Registry("style autoencoder", ".nets")
discriminators = Registry("discriminator", ".nets")
datasets = Registry("dataset", ".data.datasets")
schedules = Registry("schedule", ".training.schedule")
metrics = Registry("metric", ".evaluation")
REGISTRIES = (models, generators, autoencoders, style_autoencoders, discriminators, datasets, schedules, metrics)
