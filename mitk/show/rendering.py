"""Results as tables of plain text for a terminal; colours appear only there, never in a pipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mitk.printable import printable
from mitk.results.interval import Interval
from mitk.show.spelling import spelled

if TYPE_CHECKING:
    from mitk.inference.permutation import PermutationTest
    from mitk.many.result import PairwiseResult
    from mitk.registry import Method
    from mitk.results.record import MIEstimate

KIND_WORDS = {"estimate": "", "lower": ", a lower bound", "upper": ", an upper bound", "score": ", a score"}
QUANTITY_WORDS = {"mi": "Mutual information", "conditional_mi": "Conditional mutual information"}


def shown(text: str, style: str = "") -> Text:
    """Text for the terminal: options as commands have them, and no control codes, which names of columns may hold."""
    return Text("\n".join(printable(spelled(line)) for line in text.split("\n")), style=style)


def show_estimate(result: MIEstimate, x: Sequence[str], y: Sequence[str], given: Sequence[str] = ()) -> None:
    """Print an estimate between the named columns."""
    value = shown(f"{_number(result.value)} {result.unit}", style="bold")
    value.append(KIND_WORDS[result.kind], style="not bold")
    rows = [(QUANTITY_WORDS.get(result.quantity, result.quantity), value)]
    if result.ci is not None:
        interval = f"{_interval(result.ci)} ({100 * result.ci.level:g} %, {result.ci.method})"
        rows.append(("Interval", shown(interval)))
    rows += [
        ("Between", shown(", ".join(x))),
        ("and", shown(", ".join(y))),
        *([("Given", shown(", ".join(given)))] if given else []),
        ("Method", shown(str(result.estimator))),
        ("Rows", shown(_rows(result.n_samples, result.n_dropped))),
        ("Status", _status(result)),
    ]
    rows += [("Why" if i == 0 else "", shown(str(reason))) for i, reason in enumerate(result.status.reasons)]
    rows += [("Notes" if i == 0 else "", shown(note)) for i, note in enumerate(result.notes)]
    _print_pairs(rows)


_EXCHANGED = {
    "neighbors": "by exchanging rows of near conditions",
    "strata": "by exchanging rows of equal conditions",
    "residuals": "by exchanging what a fit on the condition leaves",
}


def show_test(
    test: PermutationTest, x: Sequence[str], y: Sequence[str], level: float = 0.05, given: Sequence[str] = ()
) -> None:
    """Print the outcome of a permutation test between the named columns, given others where there are any."""
    found = test.p_value <= level
    verdict = f"dependence at the {100 * level:g} % level" if found else f"no evidence at the {100 * level:g} % level"
    if 1 / (1 + test.n_permutations) > level:
        verdict = f"none: {test.n_permutations} permutations cannot reach the {100 * level:g} % level"
    readings = [
        (
            "Readings" if place == 0 else "",
            shown(
                f"{name} {_number(read['observed'])} {test.unit}; surrogates {_number(read['null_mean'])} on average, "
                f"standard deviation {read['null_sd']:.3f}"
            ),
        )
        for place, (name, read) in enumerate(test.statistics.items())
        if len(test.statistics) > 1
    ]
    _print_pairs(
        [
            ("p-value", shown(f"{test.p_value:.3g}", style="bold")),
            ("Verdict", shown(verdict, style="green" if found else "yellow")),
            ("Statistic", shown(f"{_number(test.value)} {test.unit}")),
            (
                "Surrogates",
                shown(
                    f"{_number(test.null_mean)} {test.unit} on average, standard deviation {test.null_sd:.3f}, "
                    f"95 % quantile {_number(test.null_quantiles[0.95])}"
                ),
            ),
            ("", shown(f"{test.n_permutations} {_EXCHANGED.get(test.surrogate, f'by permuting {test.surrogate}')}")),
            *readings,
            ("Between", shown(", ".join(x))),
            ("and", shown(", ".join(y))),
            *([("Given", shown(", ".join(given)))] if given else []),
            ("Detectable", shown(f"{_number(test.detectable)} {test.unit}, half of the time")),
            ("Method", shown(test.estimator)),
            ("Rows", shown(_rows(test.n_samples, test.n_dropped))),
            *([("Notes", shown("\n".join(test.notes)))] if test.notes else []),
        ]
    )


def show_pairs(result: PairwiseResult, top: int = 0) -> None:
    """Print a line for each pair, the strongest first, and below why pairs failed or are in doubt.

    Parameters
    ----------
    result : PairwiseResult
    top : int, default 0
        Print only so many; 0 prints all.
    """
    answers, columns = result.answers, result.columns()
    order = np.lexsort((np.arange(len(answers)), -np.nan_to_num(answers.value, nan=-np.inf), answers.error != ""))
    order = order[: top or None]
    single = len(result.targets) == 1
    ends, tested = result.level is not None, bool((~np.isnan(result.q_values)).any())
    table = Table(box=None, pad_edge=False, header_style="bold")
    for _ in range(1 if single else 2):
        table.add_column("", overflow="fold")
    table.add_column(result.unit, justify="right", no_wrap=True)
    if ends:
        table.add_column(f"{100 * (result.level or 0.0):g} % interval", no_wrap=True)
    if tested:
        table.add_column("q" if result.correct else "p", justify="right", no_wrap=True)
    table.add_column("method", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    why: dict[str, list[str]] = {}
    for k in order.tolist():
        names = [str(columns[side][k]) for side in ("x", "y")]
        cells = [shown(name) for name in (names[:1] if single else names)]
        if answers.error[k]:
            blank = [""] * (3 + ends + tested)
            table.add_row(*cells, *blank, shown("failed", style="bold red"))
            why.setdefault(str(answers.error[k]), []).append(" - ".join(names[:1] if single else names))
            continue
        cells.append(shown(_number(answers.value[k])))
        if ends:
            low, high = float(answers.low[k]), float(answers.high[k])
            cells.append(shown("" if math.isnan(low) else _interval(Interval(low, high, result.level or 0.0, ""))))
        if tested:
            q = float(result.q_values[k])
            cells.append(shown("" if math.isnan(q) else f"{q:.2g}"))
        found = result.results[int(answers.x[k]), int(answers.y[k])]
        assert not isinstance(found, str)
        table.add_row(*cells, shown(str(answers.method[k])), shown(str(answers.n_samples[k])), _status(found))
        for doubt in answers.reasons_of(k):
            why.setdefault(str(doubt), []).append(" - ".join(names[:1] if single else names))
    _print(table)
    if len(order) < len(answers):
        _print(shown(f"{len(answers) - len(order)} more pairs not shown"))
    for reason, pairs in why.items():
        more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
        _print(shown(f"{', '.join(pairs[:3])}{more}: {reason}"))


def show_methods(methods: Sequence[Method]) -> None:
    """Print each method with what it is for."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for method in methods:
        text = shown(method.summary)
        if method.source != "mitk":
            text.append(f" ({method.source})")
        if method.error:
            text.append(f" unusable: {method.error}", style="red")
        table.add_row(shown(method.name), text)
    _print(table)


def _print_pairs(rows: Sequence[tuple[str, Text]]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(name, text)
    _print(table)


def _print(what: Table | Text) -> None:
    # Column names may hold brackets and colons, which must not be taken for markup.
    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(what)
    # Rich fills each line of a table up with spaces, which nobody wants to copy.
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _status(result: MIEstimate) -> Text:
    return shown(result.verdict, style="green" if result.status.ok else "bold red")


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) >= 1000 else f"{value:.3f}"


def _interval(ci: Interval) -> str:
    return f"[{_number(ci.low)}, {_number(ci.high)}]"


def _rows(used: int, dropped: int) -> str:
    return f"{used}" + (f" ({dropped} more dropped for missing values)" if dropped else "")
