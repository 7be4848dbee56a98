"""The `i2i` program. Each command is one short file; what is slow to import is imported when it runs."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from inspect import Parameter as Parameter_
from inspect import signature

from cyclopts import App, CycloptsError, Parameter

from .. import __version__
from ..errors import UserError
from .check import check
from .compare import compare
from .convert import convert
from .demo import demo
from .evaluate import evaluate
from .export import export
from .fetch import fetch
from .list import list_
from .prepare import prepare
from .push import push
from .recipe import recipe
from .runs import runs
from .sample import sample
from .schema import schema
from .show import show
from .train import train
from .translate import translate


def usage(name: str, command: Callable[..., object]) -> str:
    """The first line of a command's help: its arguments by name, and the options that it needs."""
    words = []
    for parameter in signature(command).parameters.values():
        word, many = parameter.name.upper(), str(parameter.annotation).startswith("tuple")
        if parameter.kind is Parameter_.VAR_POSITIONAL:
            words.append("[KEY=VALUE...]" if word == "OVERRIDES" else f"[{word}...]")
        elif parameter.kind is Parameter_.POSITIONAL_ONLY:
            word += "..." * many
            words.append(word if parameter.default is Parameter_.empty else f"[{word}]")
        elif parameter.default is Parameter_.empty:
            words.append(f"--{parameter.name.strip('_').replace('_', '-')} {word.strip('_')}")
    return f"Usage: i2i {name} {' '.join([*words, '[OPTIONS]'])}"


def version() -> str:
    """What a report of an error should name: the versions, and what computes."""
    import platform

    import torch

    from ..distributed import make_accelerator
    from ..runs.record import machine

    names = machine()
    processor = f"{names['cpu']}, {names['cores']} cores"
    device = make_accelerator().device.type
    computes = f"{device} ({names.get('gpu', processor) if device != 'cpu' else processor})"
    return f"i2i_zoo {__version__}\ntorch {torch.__version__}, python {platform.python_version()}\n{computes}"


app = App(
    name="i2i",
    help="Unpaired image-to-image translation: pick a model by name, train it on two piles of images, use it.",
    version=version,
    result_action="return_value",
    help_format="plaintext",  # Markup would swallow <what stands in angle brackets>.
    default_parameter=Parameter(negative=()),  # There is no --no-files and no --empty-like.
)
for command in (
    train,
    translate,
    sample,
    demo,
    evaluate,
    compare,
    runs,
    recipe,
    check,
    show,
    list_,
    schema,
    export,
    convert,
    push,
    fetch,
    prepare,
):
    app.command(command, name=(name := command.__name__.rstrip("_")), usage=usage(name, command))
app.register_install_completion_command(help="Install completion of commands and options for your shell.")


def main() -> None:
    """Run the command line. A user's mistake is one line on stderr and exit code 1 (2 for a wrong option)."""
    from .console import complain, show_notices

    show_notices()
    warnings.filterwarnings("ignore", module=r"PIL\.")  # It warns of metadata that it does not understand.
    warnings.filterwarnings(
        "ignore", message="This DataLoader will create"
    )  # Workers on one core are as the user asked for.
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        complain(" ".join(f"{error} See: i2i --help".split()))
        code = 2
    except UserError as error:
        complain(str(error))
        code = 1
    except BrokenPipeError:  # The reader has gone, as in `i2i list | head`.
        sys.stderr.close()
        code = 0
    except OSError as error:  # There is no space, no permission, ...
        if error.filename is None and error.errno is None:
            raise
        complain(f"{error.filename or 'the system says'}: {error.strerror}")
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
