"""Calls with odd data and options: `python tests/fuzz.py COUNT --seed 0 --start 0`.

Each case draws an entry point, a method with options right and wrong, and data; makes the call, makes it again with
equal data in other containers, and now and then once more. It must end in a result or in an error of mitk: no other
exception, no warning of another library, no interval without finite ends that hold the value, no input changed, no
other answer from equal data or from the same call, and a result that is printed, written and read back. A case follows
from its seed and number alone.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import re
import sys
import time
import traceback
import warnings
from collections import Counter
from typing import Any

import numpy as np
from fuzz_calls import MOST_ROWS, Call, draw

from mitk import MITKError, MITKWarning, estimate, pairwise, permutation_test
from mitk.many.result import PairwiseResult
from mitk.registry import estimator_class
from mitk.results.record import MIEstimate

# Share of the cases that train a network.
TRAINED = 0.003
SENTENCE = re.compile(r"[`\w].*\.$")
RAW = re.compile(r"^\w*(Error|Exception|Warning): |Traceback|object at 0x")


class FaultError(AssertionError):
    """What must not be."""


def expect(condition: bool, kind: str, told: object = "") -> None:
    if not condition:
        raise FaultError(f"{kind}: {told}")


def fingerprint(item: Any) -> Any:
    """Something that changes with the item's bytes."""
    if isinstance(item, np.ma.MaskedArray):
        return fingerprint(np.asarray(item.data)), np.ma.getmaskarray(item).tobytes()
    if isinstance(item, np.ndarray) and item.dtype.kind not in "OT":
        return str(item.dtype), item.shape, item.strides, item.tobytes()
    if isinstance(item, (list, tuple)):
        return type(item).__name__, [fingerprint(v) if isinstance(v, np.ndarray) else repr(v) for v in item]
    if isinstance(item, dict):
        return {name: fingerprint(v) for name, v in item.items()}
    library = type(item).__module__.partition(".")[0]
    if library == "pandas" and hasattr(item, "__len__"):
        # Its pickles hold caches too.
        series = [item] if not hasattr(item, "columns") else [item.iloc[:, j] for j in range(item.shape[1])]
        index = getattr(item, "index", item)
        return repr(list(index)), [(repr(one.dtype), repr(list(one))) for one in series if hasattr(one, "dtype")]
    if library in ("polars", "pyarrow") and hasattr(item, "__len__"):
        arrow = item if library == "pyarrow" else item.to_arrow() if hasattr(item, "to_arrow") else None
        return repr(getattr(item, "dtype", "")), repr(getattr(arrow, "to_pylist", list)())
    try:
        return pickle.dumps(item)
    except Exception:  # Of an object that cannot be pickled nothing is known, and nothing is compared.
        return None


def made(call: Call, given: dict[str, Any]) -> Any:
    """What the call returns."""
    options = dict(call.options)
    sides = dict(given)
    if call.entry == "measure":
        return call.method(*[sides[side] for side in ("x", "y") if side in sides], **options)
    if call.entry == "fit":
        made = estimator_class(call.method)(**options["make"])
        return made.fit(sides.pop("x", None), sides.pop("y", None), **{**options["fit"], **sides})
    if call.entry == "pairwise":
        # An option of the same name as an argument goes with an estimator alone.
        options.pop("method", None)
        return pairwise(sides.pop("data", None), call.method, **{**sides, **options})
    asked = {"estimate": estimate, "permutation_test": permutation_test}[call.entry]
    # WassersteinDependency has an option of that name.
    if "method" in options:
        how = options.pop("method")
        made = estimator_class(call.method)
        own = {name: options.pop(name) for name in [*options] if name in made.__dataclass_fields__}
        return asked(sides.pop("x", None), sides.pop("y", None), made(method=how, **own), **{**options, **sides})
    return asked(sides.pop("x", None), sides.pop("y", None), call.method, **{**options, **sides})


def asked(call: Call, given: dict[str, Any]) -> Any:
    """A result, or the error of mitk, whose sentence is checked."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            result = made(call, given)
        except MITKError as error:
            told = str(error)
            expect(bool(SENTENCE.match(told)) and "\n" not in told and not RAW.search(told), "no sentence", told)
            expect("got ." not in told and "``" not in told, "an empty word", told)
            result = error
    for warning in seen:
        expect(
            issubclass(warning.category, MITKWarning), "a foreign warning", f"{warning.message!r} {warning.filename}"
        )
    return result


def key(result: Any) -> Any:
    """What equal data must give: for floats bit by bit."""
    if isinstance(result, MITKError):
        return type(result).__name__
    if isinstance(result, MIEstimate):
        ends = None if result.ci is None else (repr(result.ci.low), repr(result.ci.high))
        reasons = tuple(sorted(reason.code for reason in result.status.reasons))
        return repr(result.value), ends, result.status.code, reasons, result.n_samples
    if isinstance(result, PairwiseResult):
        answers = result.answers
        numbers = (answers.value, answers.low, answers.high, answers.p_value, result.q_values)
        return *(column.tolist().__repr__() for column in numbers), answers.status.tolist(), answers.n_samples.tolist()
    if hasattr(result, "p_value"):
        return repr(result.p_value), repr(result.value), repr(result.null), result.n_samples
    if isinstance(result, np.ndarray):
        return result.tobytes()
    return repr(result)


def check_estimate(result: MIEstimate, confidence: Any) -> None:
    """What holds for every result."""
    if result.status.ok:
        expect(math.isfinite(result.value), "OK without a finite value", result)
        expect(confidence is None or result.ci is not None, "OK without an interval", result)
    else:
        expect(all(str(reason).endswith(".") for reason in result.status.reasons), "no sentence", result.status.text)
    expect(confidence is not None or result.ci is None, "an interval that nobody wanted", result)
    if result.ci is not None:
        expect(math.isfinite(result.ci.low) and math.isfinite(result.ci.high), "an end that is not finite", result)
        expect(result.value in result.ci, "an interval that does not hold the value", repr(result))
        expect(result.ci.level == float(0.95 if confidence == "default" else confidence), "another level", result.ci)
    expect(isinstance(result.value, float), "a value that is no float", type(result.value))
    expect(all(isinstance(note, str) and note.endswith(".") for note in result.notes), "no sentence", result.notes)
    for text in (str(result), repr(result), result.explain(), f"{result:.3f}"):
        expect(bool(text) and "\x1b" not in text, "text that a terminal obeys", repr(text))
    again = MIEstimate.from_json(result.to_json(pointwise=True))
    expect(again == result, "another result after it was written and read", result)
    json.dumps(result.to_dict(), allow_nan=False)
    if result.kind != "score":
        expect(0.0 <= float(result.correlation) <= 1.0 or math.isnan(result.value), "no correlation", result)


def check(call: Call, result: Any) -> None:
    """Whatever the entry point, its result is sound."""
    if isinstance(result, MIEstimate):
        options = call.options["fit"] if call.entry == "fit" else call.options
        check_estimate(result, options.get("confidence", "default" if call.entry != "measure" else 0.95))
    elif isinstance(result, PairwiseResult):
        for one in result.results.values():
            if isinstance(one, str):
                expect(bool(SENTENCE.match(one)) and not RAW.search(one), "a pair without a sentence", one)
            else:
                check_estimate(one, call.options.get("confidence", "default"))
        json.dumps(result.to_dict(), allow_nan=False)
        for text in (str(result), repr(result), str(result.frame())):
            expect(bool(text), "no text")
        expect(len(result.top()) >= 0, "no top")
        p_values = result.answers.p_value[~np.isnan(result.answers.p_value)]
        expect(bool(((p_values >= 0.0) & (p_values <= 1.0)).all()), "a p-value outside [0, 1]", p_values)
        q_values = result.q_values[~np.isnan(result.q_values)]
        expect(bool(((q_values >= 0.0) & (q_values <= 1.0)).all()), "a q-value outside [0, 1]", q_values)
    elif hasattr(result, "p_value"):
        expect(0.0 < result.p_value <= 1.0, "a p-value outside (0, 1]", result)
        expect(bool(str(result) and repr(result)), "no text")
        json.dumps(result.to_dict(), allow_nan=False)


def one_case(seed: int, number: int, trained: float = TRAINED, most: int = MOST_ROWS) -> str:
    """How one case ends: "answered" or "refused"; a FaultError or another exception for a fault."""
    rng = np.random.default_rng([seed, number])
    call = draw(rng, trained, most)
    first = call.arguments(rng)
    before = {side: fingerprint(item) for side, item in first.items()}
    result = asked(call, first)
    for side, item in first.items():
        expect(fingerprint(item) == before[side], "an input was changed", side)
    check(call, result)
    other = asked(call, call.arguments(rng))
    answers = not isinstance(result, MITKError)
    # Measures take arrays; of other containers they need not make anything.
    if call.entry != "measure" or (answers and not isinstance(other, MITKError)):
        told = f"{result!s} became {other!s}"
        alike = key(other) == key(result) or (isinstance(other, MITKError) and not answers)
        expect(alike, "another answer from equal data", told)
    # What runs dry is another thing the second time.
    if rng.random() < 0.2 and not call.odd:
        again = asked(call, first)
        same = again == result if isinstance(result, MIEstimate) else key(again) == key(result)
        expect(same, "another answer from the same call", f"{result!s} became {again!s}")
    return "answered" if answers else f"refused {type(result).__name__}"


def described(call: Call, given: dict[str, Any]) -> str:
    """The call as one would write it, long data cut short."""
    shown = {side: " ".join(repr(item).split())[:160] for side, item in given.items()}
    named = call.method if isinstance(call.method, str) else call.method.__name__
    return f"{call.entry} {named} {call.options!r} " + ", ".join(f"{side}={text}" for side, text in shown.items())


def place(error: BaseException) -> str:
    """The innermost line of mitk that an exception passed."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/mitk/" in f.filename]
    return f" at {frames[-1].filename.rpartition('/mitk/')[2]}:{frames[-1].lineno}" if frames else ""


def run(count: int, seed: int, start: int = 0, trained: float = TRAINED) -> tuple[Counter[str], Counter[str]]:
    """How `count` cases end, and the kinds of the faults, each printed with its number and its call."""
    ends: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for number in range(start, start + count):
        began = time.process_time()
        try:
            ends[one_case(seed, number, trained)] += 1
        except Exception as error:  # Whatever it is, it is a fault to be printed.
            ends["fault"] += 1
            text = " ".join(str(error).split())
            raw = not isinstance(error, FaultError)
            kinds[f"{type(error).__name__}{place(error)}" if raw else text.partition(":")[0]] += 1
            print(f"case {number}: {type(error).__name__}: {text[:700]}")
            if raw:
                traceback.print_exc(limit=-4, file=sys.stdout)
            rng = np.random.default_rng([seed, number])
            call = draw(rng, trained)
            print(f"    {described(call, call.arguments(rng))[:900]}")
            print(f"    python tests/fuzz.py 1 --seed {seed} --start {number}", flush=True)
        if (spent := time.process_time() - began) > 10.0:
            print(f"case {number}: slow, {spent:.0f} s", flush=True)
    return ends, kinds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--trained", type=float, default=TRAINED)
    asked_for = parser.parse_args()
    found, faults = run(asked_for.count, asked_for.seed, asked_for.start, asked_for.trained)
    for name, times in faults.most_common():
        print(f"{times:6d} {name}")
    share = found["answered"] / max(1, asked_for.count)
    print(f"{asked_for.count} cases, {share:.0%} answered, {time.process_time():.0f} s of CPU: {dict(found)}")
    sys.exit(1 if found["fault"] else 0)
