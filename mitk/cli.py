"""The command line: `mitk estimate`, `mitk matrix`, `mitk test`, `mitk methods`, `mitk train`."""

from __future__ import annotations

import functools
import inspect
import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

import mitk
from mitk.errors import DataError, MITKError, MITKWarning, ParameterError, sentence

if TYPE_CHECKING:
    from mitk.files import Table

WRONG_USE, UNEXPECTED, INTERRUPTED = 2, 1, 130

# Typer offers its usage errors under this base only, and carries its own copy of click in newer versions.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    help="Estimate mutual information: a value, an interval, a unit and a verdict on whether to trust it.",
    epilog="Example:  mitk estimate data.csv --x height,weight --y age",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
training = typer.Typer(
    help="Train an estimator on simulated data of known information.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(training, name="train")

File = Annotated[str, typer.Argument(metavar="FILE", help=".csv, .tsv, .txt, .npy, .npz or .parquet")]
X = Annotated[str, typer.Option("--x", metavar="COLUMNS", help="Columns of one side: names or numbers, by commas.")]
Y = Annotated[str, typer.Option("--y", metavar="COLUMNS", help="Columns of the other side.")]
MethodName = Annotated[str, typer.Option("--method", metavar="NAME", help='One of "mitk methods".')]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An option of the method; may be repeated."),
]
Unit = Annotated[str, typer.Option("--unit", help="nats or bits.")]
Confidence = Annotated[str, typer.Option("--confidence", help="Level of the interval, or none for none.")]
IntervalName = Annotated[str, typer.Option("--interval", help="default, subsampling, jackknife or inversion.")]
Missing = Annotated[str, typer.Option("--missing", help="raise, or drop rows with missing values.")]
Discrete = Annotated[str, typer.Option("--discrete", metavar="COLUMNS", help="Columns to take as discrete.")]
Groups = Annotated[str, typer.Option("--groups", metavar="COLUMN", help="Rows of one group depend on each other.")]
BlockLength = Annotated[str, typer.Option("--block", metavar="ROWS", help="For a series: rows to a run, or auto.")]
Thin = Annotated[int, typer.Option("--thin", metavar="M", help="Take every M-th row only.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same numbers.")]
Jobs = Annotated[int, typer.Option("--jobs", min=-1, help="Processes; -1 or 0 for all cores.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON and nothing else to stdout.")]


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
        except MITKError as error:
            _fail(str(error), WRONG_USE, error)
        except KeyboardInterrupt as error:
            _fail(str(error) or "Interrupted.", INTERRUPTED, error)
        except BrokenPipeError:
            # The reader of the pipe has seen enough; what is still buffered must not raise again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except Exception as error:
            _fail(f"mitk failed unexpectedly: {type(error).__name__}: {error}", UNEXPECTED, error)

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


@app.command(epilog="Example:  mitk estimate data.csv --x height --y age --method ksg --set k=5")
@guarded
def estimate(
    file: File,
    x: X = "",
    y: Y = "",
    method: MethodName = "auto",
    settings: Settings = None,
    unit: Unit = "nats",
    confidence: Confidence = "0.95",
    interval: IntervalName = "default",
    missing: Missing = "raise",
    discrete: Discrete = "",
    groups: Groups = "",
    block: BlockLength = "",
    thin: Thin = 1,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Estimate how much the columns x tell about the columns y."""
    from mitk.progress import progress_bar

    hyperparameters, level = _settings(settings), _level(confidence)
    table, left, right = _sides(file, x, y)
    with progress_bar(f"Estimating with {method}"):
        result = mitk.estimate(
            left,
            right,
            method,
            seed=seed,
            confidence=level,
            interval=interval,
            missing=missing,
            unit=unit,
            groups=_groups(table, groups),
            block=_rows(block),
            thin=thin,
            **_kinds(table, left, right, discrete),
            **hyperparameters,
        )
    notes = tuple(table.notes[name] for name in {**left, **right} if name in table.notes)
    result = replace(result, notes=result.notes + notes)
    if as_json:
        print(result.to_json())
        return
    from mitk.rendering import show_estimate

    show_estimate(result, list(left), list(right))


@app.command(epilog="Example:  mitk matrix data.csv --columns height,weight,age --jobs 2")
@guarded
def matrix(
    file: File,
    columns: Annotated[str, typer.Option("--columns", metavar="COLUMNS", help="By default all.")] = "",
    method: MethodName = "auto",
    settings: Settings = None,
    unit: Unit = "nats",
    confidence: Confidence = "0.95",
    interval: IntervalName = "default",
    missing: Missing = "raise",
    discrete: Discrete = "",
    groups: Groups = "",
    block: BlockLength = "",
    thin: Thin = 1,
    seed: Seed = 0,
    jobs: Jobs = 1,
    as_json: Json = False,
) -> None:
    """Estimate all pairs of columns, the strongest first."""
    from mitk.files import read_table

    hyperparameters, level = _settings(settings, "pairwise"), _level(confidence)
    table = read_table(file)
    labels = _groups(table, groups)
    # A column of groups is no measurement, unless it is asked for.
    chosen = (
        _select(table, columns, "--columns")
        if columns
        else {name: column for name, column in table.columns.items() if column is not labels}
    )
    kinds = [True if name in _chosen(table, chosen, discrete) else None for name in chosen]
    result = mitk.pairwise(
        chosen,
        method,
        confidence=level,
        interval=interval,
        missing=missing,
        discrete=kinds,
        unit=unit,
        groups=labels,
        block=_rows(block),
        thin=thin,
        seed=seed,
        n_jobs=jobs or -1,
        progress=True,
        **hyperparameters,
    )
    if all(isinstance(outcome, str) for outcome in result.results.values()):
        raise DataError(f"No pair could be estimated; the first says: {next(iter(result.results.values()))}")
    _remark(table, chosen)
    if as_json:
        print(json.dumps(result.to_dict(), allow_nan=False))
        return
    from mitk.rendering import show_pairs

    show_pairs(result)


@app.command("test", epilog="Example:  mitk test data.csv --x height --y age")
@guarded
def independence(
    file: File,
    x: X = "",
    y: Y = "",
    method: MethodName = "auto",
    settings: Settings = None,
    permutations: Annotated[int, typer.Option("--permutations", help="Surrogates.")] = 999,
    missing: Missing = "raise",
    discrete: Discrete = "",
    groups: Groups = "",
    block: BlockLength = "",
    thin: Thin = 1,
    seed: Seed = 0,
    jobs: Jobs = 1,
    as_json: Json = False,
) -> None:
    """Test whether x and y depend on each other at all."""
    from mitk.progress import progress_bar

    hyperparameters = _settings(settings, "permutation_test")
    table, left, right = _sides(file, x, y)
    with progress_bar(f"{permutations} permutations"):
        outcome = mitk.permutation_test(
            left,
            right,
            method,
            permutations,
            groups=_groups(table, groups),
            block=_rows(block),
            thin=thin,
            missing=missing,
            seed=seed,
            n_jobs=jobs or -1,
            **_kinds(table, left, right, discrete),
            **hyperparameters,
        )
    _remark(table, {**left, **right})
    if as_json:
        print(json.dumps(outcome.to_dict(), allow_nan=False))
        return
    from mitk.rendering import show_test

    show_test(outcome, list(left), list(right))


@app.command(epilog="Example:  mitk methods --json")
@guarded
def methods(as_json: Json = False) -> None:
    """List every method and what it is for."""
    listed = mitk.methods()
    if as_json:
        print(json.dumps([asdict(method) for method in listed]))
        return
    from mitk.rendering import show_methods

    show_methods(listed)


@training.command("mist", epilog="Example:  mitk train mist --config recipe.toml --out run --jobs 2")
@guarded
def train_mist(
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Folder of the run.")],
    config: Annotated[str, typer.Option("--config", metavar="FILE", help="Recipe in TOML, or default.")] = "default",
    jobs: Jobs = 1,
    as_json: Json = False,
) -> None:
    """Train MIST by a recipe; the same command goes on after an interrupt."""
    # Families in modules of the current folder are found, as by python -m.
    sys.path.insert(0, os.getcwd())
    from mitk.learned import read_recipe, train_mist

    trained = train_mist(read_recipe(config), out, n_jobs=jobs or -1, progress=True)
    if as_json:
        print(json.dumps(trained.to_dict()))
        return
    print(f"Held-out error {trained.mae:.4f} nats, 90 % intervals hold {trained.coverage:.1%} of truths.")
    print(f"Wrote {trained.weights} and {trained.report}.")


def _rows(text: str) -> int | str | None:
    """The option --block: a number of rows, "auto", or nothing said."""
    if text and text != "auto" and not text.isdecimal():
        raise ParameterError(sentence("--block", 'must be a whole number of rows, or "auto"', repr(text)))
    return int(text) if text.isdecimal() else text or None


def _fail(message: str, code: int, cause: BaseException | None = None) -> None:
    print(" ".join(message.split()), file=sys.stderr)
    raise typer.Exit(code) from cause


def _sides(file: str, x: str, y: str) -> tuple[Table, dict[str, Any], dict[str, Any]]:
    from mitk.files import read_table

    table = read_table(file)
    for option, text in (("--x", x), ("--y", y)):
        if not text:
            raise ParameterError(sentence(option, "must name columns", "none", f"{file} has {table.listing()}"))
    return table, _select(table, x, "--x"), _select(table, y, "--y")


def _select(table: Table, text: str, option: str) -> dict[str, Any]:
    return table.select([part.strip() for part in text.split(",")], option)


def _groups(table: Table, text: str) -> Any:
    if not text:
        return None
    chosen = list(_select(table, text, "--groups").values())
    if len(chosen) > 1:
        raise ParameterError(sentence("--groups", "must name one column", repr(text)))
    return chosen[0]


def _chosen(table: Table, used: Mapping[str, Any], discrete: str) -> set[str]:
    """Names after --discrete, all of which must be in use: a forgotten one would go unnoticed."""
    if not discrete:
        return set()
    names = set(_select(table, discrete, "--discrete"))
    idle = sorted(names - set(used))
    if idle:
        raise ParameterError(sentence("--discrete", "must name columns in use", ", ".join(idle)))
    return names


def _kinds(table: Table, x: Mapping[str, Any], y: Mapping[str, Any], discrete: str) -> dict[str, Any]:
    names = _chosen(table, {**x, **y}, discrete)
    return {"discrete_x": _kind(x, names), "discrete_y": _kind(y, names)}


def _kind(side: Mapping[str, Any], names: set[str]) -> list[bool | None] | None:
    return [True if name in names else None for name in side] if names & set(side) else None


def _settings(given: list[str] | None, call: str = "estimate") -> dict[str, Any]:
    shared = inspect.signature(mitk.estimate).parameters if given else {}
    settings: dict[str, Any] = {}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not (equals and name.isidentifier()):
            raise ParameterError(sentence("--set", "must be NAME=VALUE", repr(text), "for example --set k=5"))
        if name in shared or name in inspect.signature(getattr(mitk, call)).parameters:
            hint = f"use --{name}" if name in shared else ""
            raise ParameterError(sentence("--set", "takes options of the method only", repr(name), hint))
        settings[name] = _value(value.strip())
    return settings


def _value(text: str) -> int | float | bool | str | None:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _level(text: str) -> float | None:
    level = _value(text)
    if isinstance(level, (str, bool)):
        raise ParameterError(sentence("--confidence", "must lie in (0, 1) or be none", repr(text)))
    return level


def _remark(table: Table, used: Mapping[str, Any]) -> None:
    for name in used:
        if name in table.notes:
            print(f"Note: {table.notes[name]}", file=sys.stderr)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 wrong use or data, 1 unexpected failure, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = app(args=arguments, prog_name="mitk", standalone_mode=False)
    except UsageError as error:
        print(" ".join(error.format_message().split()), file=sys.stderr)  # type: ignore[attr-defined]
        code = WRONG_USE
    except (KeyboardInterrupt, typer.Abort):
        print("Interrupted.", file=sys.stderr)
        code = INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
