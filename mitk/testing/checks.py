"""What each law checks, and which tags it reads."""

from __future__ import annotations

import copy
import io
import math
import pickle
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from typing import Any

import joblib
import numpy as np

from mitk.data.options import INTERVALS
from mitk.errors import MITKError, MITKWarning, ParameterError, UnsupportedError
from mitk.estimator import Estimator
from mitk.results.record import MIEstimate
from mitk.tags import Tags
from mitk.testing.data import PairedData, dependent_data
from mitk.testing.fits import again, fit, known

# In nats: rounding in another order of summation, and rounding of mapped values.
EXACT = 1e-9
ROUNDED = 1e-6

Test = Callable[[Estimator], None]
Applies = Callable[[Tags], bool]


@dataclass(frozen=True)
class Law:
    """One promise of one configured estimator.

    Attributes
    ----------
    name : str
        Short and readable: "row order", "symmetry", ...
    promise : str
        What holds, in a sentence.
    estimator : Estimator
    test : callable
        Takes the estimator; raises AssertionError where the promise is broken.
    """

    name: str
    promise: str
    estimator: Estimator
    test: Test

    def check(self) -> None:
        """Raise AssertionError with a sentence when the promise is broken; any other error breaks it too."""
        try:
            self.test(self.estimator)
        except AssertionError as error:
            raise AssertionError(f"{self.name}: {error}") from error
        except Exception as error:
            raise AssertionError(f"{self.name}: {type(error).__name__}: {error}") from error


LAWS: list[tuple[str, str, Applies, Test]] = []


def _law(name: str, promise: str, applies: Applies = lambda tags: True, sets: int | None = None) -> Any:
    """Register a check of one data set as a law over all, or the first few, that suit the tags."""

    def register(check: Callable[[Estimator, PairedData], None]) -> Any:
        def test(estimator: Estimator) -> None:
            for number, data in enumerate(dependent_data(estimator.tags)[:sets]):
                try:
                    check(estimator, data)
                except UnsupportedError:
                    # To refuse what cannot be resolved is no breach, but a column a side must work.
                    if number == 0:
                        raise

        LAWS.append((name, promise, applies, test))
        return check

    return register


def _require(condition: object, complaint: str) -> None:
    # Not an assert statement, which `python -O` would leave out.
    if not condition:
        raise AssertionError(complaint)


def _same(estimator: Estimator, data: PairedData, other: PairedData, exact: float, what: str) -> None:
    """Require equal values; on the mean of five seeds, within five standard errors, where seeds change the value."""
    first, second = known(estimator, data).value, fit(estimator, other).value
    if estimator.tags.stochastic and abs(first - second) > exact:
        seeded = [replace(estimator, seed=estimator.seed + s) for s in range(5)]
        values = np.array([[known(one, rows).value for one in seeded] for rows in (data, other)])
        first, second = values.mean(axis=1)
        exact += 5.0 * float(np.sqrt((values.var(axis=1, ddof=1) / len(seeded)).sum()))
    _require(
        first == second or abs(first - second) <= exact,
        f"{what} changes the value on {data.label} from {first:.9g} to {second:.9g} nats.",
    )


@_law("record", "fit returns a frozen MIEstimate that describes the data and the estimator")
def _record(estimator: Estimator, data: PairedData) -> None:
    tags = estimator.tags
    r = known(estimator, data, confidence=0.95)
    _require(isinstance(r, MIEstimate), f"fit returns {type(r).__name__}, not MIEstimate.")
    _require(isinstance(r.value, float), f"value is a {type(r.value).__name__}, not a float.")
    shape = (r.n_samples, r.dim_x, r.dim_y)
    _require(shape == (*data.x.shape, data.y.shape[1]), f"(n_samples, dim_x, dim_y) is {shape}.")
    # A result may be sharper than its tags: a bound when the data at hand make it one.
    _require(tags.kind in (r.kind, "estimate"), f"kind is {r.kind}, the tags say {tags.kind}.")
    _require(r.quantity == tags.quantity, f"quantity is {r.quantity}, the tags say {tags.quantity}.")
    _require(r.quantity != "mi" or r.unit == "nats", f"unit is {r.unit}, though nats are the default.")
    _require(r.estimator.name == type(estimator).__name__, f"the result names {r.estimator.name!r}.")
    _require(r.pointwise is None or not r.pointwise.flags.writeable, "pointwise can be written to.")
    try:
        r.value = 0.0  # type: ignore[misc]
    except FrozenInstanceError:
        return
    raise AssertionError("the result can be changed.")


@_law("tags", "tags hold known words", sets=1)
def _tags(estimator: Estimator, data: PairedData) -> None:
    tags = estimator.tags
    _require(tags.summary and "\n" not in tags.summary, "tags.summary must be one line.")
    kinds = {"continuous", "tied", "count", "label"}
    _require(tags.data and tags.data <= kinds, f"tags.data must be some of {kinds}, and is {tags.data}.")
    unknown = tags.invariances - {"affine", "monotone", "linear", "relabel"}
    _require(not unknown, f"tags.invariances has unknown {unknown}.")
    _require(tags.kind in ("estimate", "lower", "upper", "score"), f"tags.kind is {tags.kind!r}.")
    _require(tags.interval in INTERVALS[1:], f"tags.interval is {tags.interval!r}.")


@_law("repeatable", "the same call gives the same result")
def _repeatable(estimator: Estimator, data: PairedData) -> None:
    first, (second, _) = known(estimator, data, confidence=0.95), again(estimator, data)
    _require(first == second, f"the same call on {data.label} gives {first!r} and {second!r}.")


@_law("no mutation", "fit changes neither its inputs nor the estimator")
def _no_mutation(estimator: Estimator, data: PairedData) -> None:
    _, changed = again(estimator, data)
    _require(not changed, f"fit changes {changed} ({data.label}).")


@_law("row order", "the order of the rows does not matter", lambda tags: not tags.stochastic)
def _row_order(estimator: Estimator, data: PairedData) -> None:
    order = np.random.default_rng(1).permutation(len(data.x))
    _same(estimator, data, data.take(order), EXACT, "reordering the rows")


@_law("symmetry", "swapping x and y leaves the value", lambda tags: tags.symmetric)
def _symmetry(estimator: Estimator, data: PairedData) -> None:
    _same(estimator, data, data.swapped, EXACT, "swapping x and y")


@_law("scale and shift", "the units of a column do not matter", lambda tags: "affine" in tags.invariances)
def _affine(estimator: Estimator, data: PairedData) -> None:
    for scale, shift in ((1e6, 0.0), (2.0, 1e3), (1e-6, -3.0)):
        x = shift + scale * data.x * np.linspace(1.0, 4.0, data.x.shape[1])
        y = shift + scale * data.y
        _same(estimator, data, replace(data, x=x), ROUNDED, f"{scale:g} x + {shift:g}")
        _same(estimator, data, replace(data, y=y), ROUNDED, f"{scale:g} y + {shift:g}")


@_law("monotone maps", "increasing maps of columns leave the value", lambda tags: "monotone" in tags.invariances)
def _monotone(estimator: Estimator, data: PairedData) -> None:
    for name, x, y in (
        ("exp(5x)", np.exp(5.0 * data.x), np.exp(5.0 * data.y)),
        ("x^3", data.x**3, data.y**3),
        ("arctan", np.arctan(data.x), np.arctan(data.y)),
    ):
        _same(estimator, data, replace(data, x=x), ROUNDED, f"{name} on x")
        _same(estimator, data, replace(data, y=y), ROUNDED, f"{name} on y")


@_law(
    "linear maps",
    "an invertible matrix on a side leaves the value",
    lambda tags: "linear" in tags.invariances and tags.multivariate,
)
def _linear(estimator: Estimator, data: PairedData) -> None:
    if data.x.shape[1] == 2 and not data.discrete_x:
        x = data.x @ np.array([[1.0, 2.0], [-0.5, 3.0]])
        _same(estimator, data, replace(data, x=x), ROUNDED, "an invertible matrix on x")


@_law("labels", "renaming labels leaves the value", lambda tags: "relabel" in tags.invariances)
def _relabel(estimator: Estimator, data: PairedData) -> None:
    if data.discrete_x:
        names = np.array(["lemon", "apple", "pear"])[data.x]
        _same(estimator, data, replace(data, x=names), EXACT, "renaming the labels of x")
        _same(estimator, data, replace(data, x=np.array([7, -2, 4])[data.x]), EXACT, "recoding x")


@_law("units", "bits are nats / ln 2 everywhere", lambda tags: tags.quantity == "mi", sets=1)
def _units(estimator: Estimator, data: PairedData) -> None:
    nats, bits = (known(estimator, data, confidence=0.95, **unit) for unit in ({}, {"unit": "bits"}))
    pairs: dict[str, tuple[Any, Any]] = {
        "value": (nats.value, bits.value),
        "pointwise": (nats.pointwise, bits.pointwise),
        "pointwise_constant": (nats.pointwise_constant, bits.pointwise_constant),
        "ci": (nats.ci and (nats.ci.low, nats.ci.high), bits.ci and (bits.ci.low, bits.ci.high)),
        "quantiles": (nats.quantiles and nats.quantiles.values, bits.quantiles and bits.quantiles.values),
    }
    _require(bits.unit == "bits", f"unit is {bits.unit}, though bits were asked for.")
    for name, (in_nats, in_bits) in pairs.items():
        _require((in_nats is None) == (in_bits is None), f"{name} is None in one unit only.")
        if in_nats is not None:
            close = np.allclose(in_nats, np.asarray(in_bits) * math.log(2.0), rtol=1e-12, atol=0.0)
            _require(close, f"{name} in bits is not {name} in nats / ln 2.")


@_law("interval", "it encloses the value, can be turned off, and does not change the value")
def _interval(estimator: Estimator, data: PairedData) -> None:
    plain, r = known(estimator, data), known(estimator, data, confidence=0.95)
    _require(plain.ci is None, "confidence=None still makes an interval.")
    _require(plain.value == r.value, f"the value on {data.label} depends on the interval.")
    if r.ci is None:
        _require(not r.status.ok, f"no interval on {data.label}, and the status does not say why.")
        return
    _require(r.value in r.ci, f"{r.ci} leaves out the value {r.value} on {data.label}.")
    _require(r.interval(r.ci.level) == r.ci, "interval(level) differs from ci.")
    half = r.interval(0.5)
    inside = r.ci.low <= half.low <= half.high <= r.ci.high
    _require(inside, "the 50 % interval is not inside the 95 % interval.")


@_law("round trips", "result and estimator survive pickle, copy, JSON and joblib", sets=1)
def _round_trips(estimator: Estimator, data: PairedData) -> None:
    r = known(estimator, data, confidence=0.95)
    for name, back in (
        ("pickle", pickle.loads(pickle.dumps(r))),
        ("copy", copy.copy(r)),
        ("deepcopy", copy.deepcopy(r)),
        ("JSON", MIEstimate.from_json(r.to_json(pointwise=True))),
    ):
        _require(back == r, f"the result does not survive {name}.")
    buffer = io.BytesIO()
    joblib.dump(estimator, buffer)
    buffer.seek(0)
    for name, twin in (("pickle", pickle.loads(pickle.dumps(estimator))), ("joblib", joblib.load(buffer))):
        _require(twin == estimator, f"the estimator does not survive {name}.")
        _require(fit(twin, data, confidence=0.95) == r, f"the estimator gives another result after {name}.")


@_law("hyperparameters", "frozen keyword-only fields with defaults, stored unchecked, checked in fit", sets=1)
def _hyperparameters(estimator: Estimator, data: PairedData) -> None:
    kind = type(estimator)
    bad: Any = object()
    kind()
    for field in fields(estimator):
        name = field.name
        _require(field.kw_only, f"`{name}` is not keyword-only.")
        try:
            changed = replace(estimator, **{name: bad})
        except Exception as error:
            raise AssertionError(f"the constructor checks `{name}`; only fit may.") from error
        _require(getattr(changed, name) is bad, f"the constructor does not store `{name}` as given.")
        complaint = ""
        try:
            fit(changed, data)
        except ParameterError as error:
            complaint = str(error)
        _require(complaint, f"fit takes {name}=object() without a ParameterError.")
        _require(name in complaint, f"the error for a bad `{name}` does not name it: {complaint}")
        try:
            setattr(estimator, name, bad)
        except FrozenInstanceError:
            continue
        raise AssertionError(f"`{name}` can be changed after construction.")


@_law("pointwise", "contributions average to the value", lambda tags: tags.pointwise)
def _pointwise(estimator: Estimator, data: PairedData) -> None:
    r = known(estimator, data)
    if r.pointwise is None:
        raise AssertionError(f"the tags promise pointwise contributions, {data.label} give none.")
    _require(r.pointwise.shape == (len(data.x),), f"pointwise has shape {r.pointwise.shape}.")
    total = float(r.pointwise.mean()) + r.pointwise_constant
    _require(abs(total - r.value) <= EXACT, f"pointwise averages to {total}, the value is {r.value}.")


@_law("constant side", "a constant side gives exactly 0 and a note", lambda tags: tags.kind != "score")
def _constant(estimator: Estimator, data: PairedData) -> None:
    for one in (replace(data, x=np.full_like(data.x, 3)), replace(data, y=np.full_like(data.y, 3))):
        r = fit(estimator, one, confidence=0.95)
        _require(r.value == 0.0, f"a constant side gives {r.value} on {data.label}, not 0.")
        _require(any("constant" in note for note in r.notes), "no note says that a side is constant.")


@_law("missing values", 'missing="drop" is dropping rows by hand')
def _missing(estimator: Estimator, data: PairedData) -> None:
    n = len(data.x)
    rows = np.insert(np.arange(n), [3, 6], 0)
    x, y = data.x[rows].astype(float), data.y[rows].astype(float)
    x[3, 0] = y[7, 0] = y[3, 0] = np.nan
    dropped = fit(estimator, replace(data, x=x, y=y), missing="drop")
    by_hand = known(estimator, data)
    _require(dropped.value == by_hand.value, f"it is not, on {data.label}.")
    _require((dropped.n_dropped, dropped.n_samples) == (2, n), "dropped rows are not counted.")


@_law("condition", "a constant one changes nothing, one that holds y leaves nothing", lambda tags: tags.conditional)
def _condition(estimator: Estimator, data: PairedData) -> None:
    without = known(estimator, data, confidence=0.95)
    constant = fit(estimator, data, confidence=0.95, given=np.ones(len(data.x)))
    same = (constant.value, constant.ci) == (without.value, without.ci)
    _require(same, f"a constant condition turns {without!r} into {constant!r} on {data.label}.")
    _require((constant.quantity, constant.dim_given) == ("conditional_mi", 1), "the record hides the condition.")
    left = fit(estimator, data, given=data.y)
    _require(abs(left.value) < 0.1, f"{left.value:.3g} nats are left on {data.label} given y itself.")


@_law("independence", "independent rows give about 0", lambda tags: tags.quantity == "mi")
def _independence(estimator: Estimator, data: PairedData) -> None:
    orders = [np.random.default_rng(seed).permutation(len(data.y)) for seed in range(6)]
    pairs = [replace(data, y=data.y[order]) for order in orders]
    values = np.array([fit(estimator, pair).value for pair in pairs])
    mean, band = float(values.mean()), 4.0 * float(values.std(ddof=1)) / math.sqrt(len(values)) + 0.02
    off = mean < -band or (mean > band and estimator.tags.kind != "upper")
    if not off:
        return
    # A method with a known bias keeps the law by saying so: in the interval, or in the status.
    results = [fit(estimator, pair, confidence=0.99) for pair in pairs]
    missed = sum(r.status.ok and (r.ci is None or 0.0 not in r.ci) for r in results)
    _require(
        missed <= 1,
        f"{data.label} paired at random give {mean:.3f} nats on average, beyond {band:.3f} (four standard "
        f"errors and 0.02), and {missed} of {len(results)} intervals leave out 0.",
    )


def _threads(estimator: Estimator) -> None:
    """Require of four threads, which fit all sets at once and the first one twice, the results of calls in turn."""
    alone = []
    for number, data in enumerate(dependent_data(estimator.tags)):
        try:
            alone.append((data, known(estimator, data, confidence=0.95)))
        except UnsupportedError:
            if number == 0:
                raise
    calls = [alone[0], *alone]
    with warnings.catch_warnings(), ThreadPoolExecutor(4) as pool:
        warnings.simplefilter("ignore", MITKWarning)
        jobs = [pool.submit(estimator.fit, data.x, data.y, confidence=0.95, **data.options) for data, _ in calls]
        together = [job.result() for job in jobs]
    _require(
        together == [result for _, result in calls],
        "calls from four threads give other results than calls in turn.",
    )


LAWS.append(("threads", "concurrent calls give the same numbers", lambda tags: True, _threads))


@_law("few rows", "below min_n the result is UNRELIABLE and warns once, or one sentence refuses", sets=1)
def _few_rows(estimator: Estimator, data: PairedData) -> None:
    least = estimator.tags.min_n
    spread = np.argsort(data.x[:, 0] + 0.1 * data.y[:, 0])
    # A program is compiled for every number of rows.
    counts = {2, 3} if estimator.tags.trained else {2, 3, least - 1}
    for n in sorted(counts & set(range(2, least))):
        few = data.take(spread[:: len(spread) // n][:n])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                r = estimator.fit(few.x, few.y, **few.options)
            except MITKError as error:
                _require(str(error).endswith("."), f"{n} rows raise without a sentence: {error}")
                continue
        if any("constant" in note for note in r.notes):
            continue
        _require(not r.status.ok, f"{n} rows give {r!r}, which the status calls OK.")
        told = sum(issubclass(w.category, MITKWarning) for w in caught)
        _require(told == 1, f"{n} rows give {told} warnings, not one.")


@_law("containers", "lists, float32, integers and strided arrays are read as the numbers they hold", sets=1)
def _containers(estimator: Estimator, data: PairedData) -> None:
    x, y, double = data.x, data.y, np.float64
    single = (x.astype(np.float32), y.astype(np.float32))
    whole = (np.rint(1e6 * x).astype(np.int64), np.rint(1e6 * y).astype(np.int64))
    cases: list[tuple[str, tuple[Any, Any], tuple[Any, Any]]] = [
        ("float32", single, (single[0].astype(double), single[1].astype(double))),
        ("int64", whole, (whole[0].astype(double), whole[1].astype(double))),
        ("1-D", (x[:, 0], y[:, 0]), (x, y)),
        ("list", (x[:, 0].tolist(), y.tolist()), (x, y)),
        ("strided", (np.repeat(x, 2, axis=0)[::2], np.asfortranarray(y)), (x, y)),
    ]
    for name, given, plain in cases:
        a = fit(estimator, replace(data, x=given[0], y=given[1])).value
        b = known(estimator, replace(data, x=plain[0], y=plain[1])).value
        _require(a == b, f"{name} input gives {a}, the same numbers as float64 columns give {b}.")
