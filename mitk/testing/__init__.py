"""The laws an estimator promises through its tags, as checks that need no test framework.

>>> from mitk import Gaussian
>>> check_estimator(Gaussian())
"""

from __future__ import annotations

from mitk.estimator import Estimator
from mitk.testing import many as many
from mitk.testing.checks import LAWS, Law

__all__ = ["Law", "check_estimator", "laws"]


def laws(estimator: Estimator) -> list[Law]:
    """Return the laws that apply to a configured estimator, as its tags say.

    Parameters
    ----------
    estimator : Estimator

    Returns
    -------
    list of Law

    Examples
    --------
    >>> from mitk import Gaussian
    >>> "monotone maps" in [law.name for law in laws(Gaussian())]
    False
    """
    tags = estimator.tags
    return [Law(name, promise, estimator, test) for name, promise, applies, test in LAWS if applies(tags)]


def check_estimator(estimator: Estimator) -> None:
    """Check every law that applies, and raise one AssertionError that lists all failures.

    Parameters
    ----------
    estimator : Estimator
        Configured as it is to be used; other options may have other tags, so check those too.

    Raises
    ------
    AssertionError

    Examples
    --------
    >>> from mitk import GaussianCopula
    >>> check_estimator(GaussianCopula())
    """
    failures = []
    for law in laws(estimator):
        try:
            law.check()
        except AssertionError as failure:
            failures.append(str(failure))
    if failures:
        count = f"{len(failures)} law{'s' if len(failures) > 1 else ''}"
        raise AssertionError(f"{estimator!r} breaks {count}:\n" + "\n".join(f"- {line}" for line in failures))
