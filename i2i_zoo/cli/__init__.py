"""The `i2i` command. Each command is one short file; what is slow to import is imported when it runs."""

from __future__ import annotations

import sys
import warnings

from cyclopts import App, CycloptsError, Parameter

from .. import __version__
from ..errors import UserError
from .check import check
from .compare import compare
from .convert import convert
from .evaluate import evaluate
from .export import export
from .fetch import fetch
from .list import list_
from .prepare import prepare
from .sample import sample
from .schema import schema
from .show import show
from .train import train
from .translate import translate

app = App(
    name="i2i",
    help="Unpaired image-to-image translation: pick a model by name, train it on two piles of images, use it.",
    version=__version__,
    result_action="return_value",
    default_parameter=Parameter(negative=()),  # no --no-files, no --empty-like
)
for command in (
    train,
    translate,
    sample,
    evaluate,
    compare,
    check,
    show,
    list_,
    schema,
    export,
    convert,
    fetch,
    prepare,
):
    app.command(command, name=command.__name__.rstrip("_"))


def main() -> None:
    """Run the command line. A user's mistake is one line on stderr and exit code 1 (2 for a wrong option)."""
    from .console import complain, show_notices

    show_notices()
    warnings.filterwarnings("ignore", module=r"PIL\.")  # of metadata that it does not understand
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        complain(" ".join(f"{error} See: i2i --help".split()))
        code = 2
    except UserError as error:
        complain(str(error))
        code = 1
    except BrokenPipeError:  # `i2i list | head`
        sys.stderr.close()
        code = 0
    except OSError as error:  # no space, no permission, ...
        if error.filename is None and error.errno is None:
            raise
        complain(f"{error.filename or 'the system says'}: {error.strerror}")
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
