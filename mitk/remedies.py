"""Which methods accept given data: the one place that hints at another method are made in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from mitk.data.samples import Samples
from mitk.errors import UnsupportedError, sentence
from mitk.registry import BUILT_IN, make_estimator
from mitk.results.reason import Reason

if TYPE_CHECKING:
    from mitk.estimator import Estimator
    from mitk.tags import Tags

# The special before the general, and what is quick before what is trained; bounds last.
ORDER = ("ksg", "mixed-ksg", "discrete", "copula", "residual-entropy", "classifier", "njee", "anchored", "infonce")


def within_tags(estimator: Estimator, samples: Samples) -> bool:
    """Whether samples are of the kinds, the rows and the columns that an estimator's tags name, and not refused."""
    tags = estimator.tags
    kinds = {kind for side in samples.sides for kind in side.kinds}
    wide = tags.max_dim is not None and samples.x.d + samples.y.d > tags.max_dim
    return kinds <= tags.data and samples.n >= tags.min_n and not wide and not refused(estimator, samples)


def refused(estimator: Estimator, samples: Samples) -> bool:
    """Whether an estimator refuses samples outright."""
    if samples.given is not None and not estimator.tags.conditional:
        return True
    try:
        estimator._refuse(samples, estimator.tags)
    except UnsupportedError:
        return True
    return False


def refuse(estimator: Estimator, samples: Samples, tags: Tags) -> None:
    """Raise UnsupportedError for columns that an estimator's tags rule out."""
    if not tags.multivariate and max(samples.x.d, samples.y.d) > 1:
        raise UnsupportedError(
            sentence(
                "x and y",
                f"must have one column each for {type(estimator).__name__}",
                f"{samples.x.d} and {samples.y.d}",
                another(samples, estimator),
            )
        )
    foreign = {kind for side in samples.sides for kind in side.kinds} - set(tags.data)
    if "label" not in tags.data:
        for side in samples.sides:
            for name, nominal, column in zip(side.names, side.nominal, side.values.T, strict=True):
                if nominal and column.max() > 1.0:
                    raise UnsupportedError(
                        sentence(
                            name,
                            f"must hold numbers for {type(estimator).__name__}",
                            "labels, which have no order",
                            another(samples, estimator),
                        )
                    )
    # Ties in numbers are no obstacle to running; a discrete method on continuous data is.
    if foreign and not tags.data & {"continuous", "tied"}:
        raise UnsupportedError(
            sentence(
                "x and y",
                f"must be discrete for {type(estimator).__name__}",
                f"{', '.join(sorted(foreign))} columns",
                f"{another(samples, estimator, otherwise='use another')}, or pass discrete_x=True and discrete_y=True",
            )
        )


def accepting(samples: Samples, but: Estimator | None = None) -> Iterator[str]:
    """Names of methods that accept these very data, the most fitting first; each is imported when its turn comes.

    Parameters
    ----------
    samples : Samples
    but : Estimator, optional
        One to leave out: that which asks for another.
    """
    named: list[str] = []
    for name in ORDER:
        # On numbers alone the two are one method.
        if name == "mixed-ksg" and "ksg" in named:
            continue
        if not _is(but, name) and make_estimator(name, {}).suits(samples):
            named.append(name)
            yield name


def another(samples: Samples, but: Estimator | None = None, otherwise: str = "") -> str:
    """The remedy "use method=..." with at most two methods that accept these data, or else another remedy.

    Parameters
    ----------
    samples : Samples
    but : Estimator, optional
        Left out.
    otherwise : str, default ""
        What to say when there is no such method.
    """
    found = _listed(islice(accepting(samples, but), 2))
    return f"use {found}" if found else otherwise


def compare_with(samples: Samples, but: Estimator, *first: str) -> str:
    """The advice to compare with those methods named that accept these data, or else with others that do."""
    wanted = [name for name in first if not _is(but, name) and make_estimator(name, {}).suits(samples)]
    return f"compare with {_listed(wanted or islice(accepting(samples, but), 2)) or 'another method'}"


def suited(reason: Reason, samples: Samples, but: Estimator) -> Reason:
    """A reason that advises to compare, with those of the methods it names that accept these data, or with others."""
    return replace(reason, remedy=compare_with(samples, but, *re.findall(r'method="([\w-]+)"', reason.remedy)))


def reduce_or(samples: Samples, but: Estimator) -> str:
    """The remedy for too many columns: fewer, or a method that accepts as many."""
    return ", or ".join(filter(None, ["reduce the dimension", another(samples, but)]))


def _listed(names: Iterable[str]) -> str:
    return " or ".join(f'method="{name}"' for name in names)


def _is(estimator: Estimator | None, name: str) -> bool:
    return BUILT_IN[name][0] == f"{type(estimator).__module__}:{type(estimator).__name__}"
