"""Code of one's own, which registers models, networks or data sets: modules, and files beside a recipe.

Code is run only if you named it: in a recipe, or in the environment variable I2I_PLUGINS (modules or files, with
commas). A file that ran once on this machine is remembered by its checksum, and a run that recorded it may then use it
again, as long as it has not changed.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .errors import UserError, one_line, pasted, printable
from .files import draft_file


class Plugin(NamedTuple):
    """A module that was imported: its name, its file, and the file's SHA-256."""

    name: str
    path: str
    sha256: str


_loaded: dict[str, Plugin] = {}  # keyed by the name that was asked for


def loaded() -> list[dict[str, str]]:
    """The plugins that this process has imported, JSON-able; a checkpoint keeps them."""
    return [plugin._asdict() for plugin in {plugin.path: plugin for plugin in _loaded.values()}.values()]


def beside(tables: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The tables of a recipe in `folder`, in whose `plugins` a name or path of a file there is the whole path."""
    names = tables.get("plugins")
    if not isinstance(names, list | tuple):
        return dict(tables)
    return {**tables, "plugins": [_file(name, folder) if isinstance(name, str) else name for name in names]}


def _file(name: str, folder: Path) -> str:
    path = folder / Path(name if name.endswith(".py") else f"{name}.py").expanduser()
    return str(path.resolve()) if os.path.isfile(path) else name


def load(name: str) -> None:
    """Import a module by its name, or a `.py` file by its path, that the user named; raises what its code raises."""
    if name in _loaded:
        return
    module = _import_file(Path(name)) if name.endswith(".py") else importlib.import_module(name)
    if file := getattr(module, "__file__", None):
        plugin = Plugin(module.__name__, str(Path(file).resolve()), _sum(Path(file)))
        _loaded[name] = plugin
        _remember(plugin)


def load_kept(path: str) -> None:
    """Import a file that the recipe of a run names; raises `UserError` unless it ran on this machine before, as is."""
    file = Path(path)
    load_environment()
    if any(plugin.name == file.stem for plugin in _loaded.values()):
        return
    checksum = _sum(file) if os.path.isfile(file) else ""
    if path not in _loaded and checksum not in _known().values():
        what = "has changed, or never ran on this machine" if checksum else "is no longer there"
        raise UserError(f"recipe.plugins: {printable(path, 300)} {what}; {_advice(path)}")
    load(path)


def _advice(path: str) -> str:
    if not os.path.isfile(path):
        return f"put it back at {printable(path, 300)}, or name it where it is now: I2I_PLUGINS=PATH"
    return f"if you trust it, name it: {pasted('I2I_PLUGINS', printable(path, 300))}"


def recall(kept: Any) -> str:
    """Import the plugins that a run recorded, those that ran here before; returns a sentence on the others."""
    return "; ".join(sentence for plugin in _plugins(kept) if (sentence := _recall(plugin)))


def _plugins(kept: Any) -> Iterator[Plugin]:
    """The plugins that a description of a model lists; it may be a stranger's."""
    for entry in kept if isinstance(kept, list) else ():
        with suppress(TypeError, KeyError):
            yield Plugin(*(str(entry[key]) for key in Plugin._fields))


def _recall(plugin: Plugin) -> str:
    if any(plugin.name == other.name for other in _loaded.values()):
        return ""
    file, advice = Path(plugin.path), _advice(plugin.path)
    if not os.path.isfile(file):
        return f"its plugin {printable(plugin.name)} is no longer there; {advice}"
    if (now := _sum(file)) not in _known().values():
        what = "never ran on this machine" if now == plugin.sha256 else "has changed since the run was trained"
        return f"its plugin {printable(file, 300)} {what}; {advice}"
    try:
        spec = importlib.util.find_spec(plugin.name)
    except (ImportError, ValueError):
        spec = None
    try:
        load(plugin.name if spec and spec.origin == plugin.path else plugin.path)
    except Exception as error:
        return f"its plugin {printable(file, 300)} cannot be imported ({type(error).__name__}: {one_line(error)})"
    return ""


def load_environment() -> None:
    """Import what I2I_PLUGINS names; raises `UserError`."""
    for name in filter(None, os.environ.get("I2I_PLUGINS", "").split(",")):
        try:
            load(_file(name, Path.cwd()) if name.endswith(".py") else name)
        except Exception as error:
            what = one_line(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {one_line(error)}"
            raise UserError(f"I2I_PLUGINS: cannot import {name!r} ({what})") from None


def load_known() -> None:
    """Import every file that ran on this machine before and has not changed, for `i2i show NAME` of a model in it."""
    for path, checksum in _known().items():
        with suppress(Exception):  # Its failure does not concern what is asked for.
            if _sum(Path(path)) == checksum:
                load(path)


def changed(kept: Any) -> list[str]:
    """The paths of plugins that are not what a run recorded."""
    now = {plugin.name: plugin for plugin in _loaded.values()}
    return [now[p.name].path for p in _plugins(kept) if p.name in now and now[p.name].sha256 != p.sha256]


def _import_file(path: Path) -> Any:
    if path.stem in sys.modules and getattr(sys.modules[path.stem], "__file__", None) == str(path):
        return sys.modules[path.stem]
    if path.stem in sys.modules:
        raise ImportError(f"another module is called {path.stem!r}; rename {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _memory() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "i2i_zoo", "plugins.json")


def _known() -> dict[str, str]:
    """Path -> checksum of the files that the user has named on this machine."""
    try:
        known = json.loads(_memory().read_text(encoding="utf-8"))
        return {str(path): str(checksum) for path, checksum in known.items()}
    except (OSError, ValueError, AttributeError, RuntimeError):  # There is no such file, or no home.
        return {}


def _remember(plugin: Plugin) -> None:
    known = _known()
    if known.get(plugin.path) != plugin.sha256:
        with suppress(OSError, RuntimeError), draft_file(_memory()) as draft:
            draft.write_text(json.dumps(known | {plugin.path: plugin.sha256}, indent=2), encoding="utf-8")
