"""The application: its version and help, what becomes of errors, exit codes."""

from __future__ import annotations

import functools
import io
import os
import sys
import warnings
from collections.abc import Callable
from typing import Annotated, Any

import typer

import mitk
from mitk.cli.terminal import say
from mitk.errors import MITKError, MITKWarning
from mitk.show.spelling import spelled

WRONG_USE, UNEXPECTED, INTERRUPTED = 2, 1, 130

# Typer offers its usage errors under this base only, and carries its own copy of click in newer versions.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    help="Estimate mutual information: a value, an interval, a unit and a verdict on whether to trust it.",
    epilog="Example:  mitk estimate example --x radius,texture --y diagnosis",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
training = typer.Typer(
    help="Train an estimator on simulated data of known information.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(training, name="train")


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Turn whatever goes wrong into one line on stderr and an exit code."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            with warnings.catch_warnings():
                # The status is printed, and says the same.
                warnings.simplefilter("ignore", MITKWarning)
                command(*args, **kwargs)
                sys.stdout.flush()
        except typer.Exit:
            # An exit code that the command chose.
            raise
        except MITKError as error:
            fail(spelled(str(error)), WRONG_USE, error)
        except KeyboardInterrupt as error:
            fail(str(error) or "Interrupted.", INTERRUPTED, error)
        except BrokenPipeError:
            # The reader of the pipe has seen enough; what is still buffered must not raise again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except Exception as error:
            fail(f"mitk failed unexpectedly: {type(error).__name__}: {error}", UNEXPECTED, error)

    return run


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Print the version, or help when no command is given."""
    if version:
        print(f"mitk {mitk.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def fail(message: str, code: int, cause: BaseException | None = None) -> None:
    """Print one line on stderr and exit."""
    say(message)
    raise typer.Exit(code) from cause


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 3 most pairs failed, 2 wrong use, 1 unexpected, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = app(args=arguments, prog_name="mitk", standalone_mode=False)
    except UsageError as error:
        say(error.format_message())  # type: ignore[attr-defined]
        code = WRONG_USE
    except (KeyboardInterrupt, typer.Abort):
        say("Interrupted.")
        code = INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)
