"""Everything mitk raises or warns: one sentence saying what, the rule, what was got, and a hint."""

from __future__ import annotations

from mitk.printable import printable


class MITKError(Exception):
    """Base of every error mitk raises on purpose."""

    def __str__(self) -> str:
        return _one_line(super().__str__())


class DataError(MITKError, ValueError):
    """The data cannot be used as given: shape, length, missing values, too few rows."""


class DataTypeError(MITKError, TypeError):
    """The data are of a type mitk does not read: complex numbers, dates, nested objects."""


class ParameterError(MITKError, ValueError):
    """An option or hyperparameter has a value outside its rule."""


class UnsupportedError(MITKError, ValueError):
    """The method cannot do what was asked, though another one may."""


class UnknownMethodError(MITKError, ValueError):
    """No method is registered under that name."""


class MissingDependencyError(MITKError, ImportError):
    """An optional package is needed for this call."""


class MITKWarning(UserWarning):
    """The data allow an answer, but something in them deserves a look."""

    def __str__(self) -> str:
        return _one_line(super().__str__())


def _one_line(text: str) -> str:
    """A message as it is shown: names of columns may hold line ends and codes that a terminal obeys."""
    return printable(" ".join(text.split()))


def sentence(what: str, rule: str, got: object, hint: str = "") -> str:
    """Compose an error sentence in the one voice mitk uses.

    Parameters
    ----------
    what : str
        The argument or option at fault, as the user wrote it.
    rule : str
        What it must be, beginning with a verb ("must have ...").
    got : object
        What it was, in a few words.
    hint : str, default ""
        The likely remedy.

    Returns
    -------
    str

    Examples
    --------
    >>> sentence("k", "must be an integer of at least 1", 0, "k=3 is a good start")
    '`k` must be an integer of at least 1; got 0. Hint: k=3 is a good start.'
    """
    text = f"`{what}` {rule}; got {got}."
    return f"{text} Hint: {hint}." if hint else text
