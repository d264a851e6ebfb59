"""Why a number should not be trusted, in a form that programs can read; and the verdict made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StatusCode = Literal["OK", "UNRELIABLE"]


@dataclass(frozen=True)
class Reason:
    """One reason to doubt a number.

    Attributes
    ----------
    code : str
        What kind of reason it is, in one word or a few with hyphens: "few-rows", "ceiling", ...
    text : str
        What was seen, as a sentence without its full stop.
    remedy : str
        What to do about it; empty where nothing is known to help.

    Examples
    --------
    >>> print(Reason("few-rows", "n=5 is below the 10 rows this method needs", "collect more"))
    n=5 is below the 10 rows this method needs; collect more.
    """

    code: str
    text: str
    remedy: str = ""

    @classmethod
    def of(cls, sentence: str) -> Reason:
        """The reason of a plain sentence, whose code is "other"."""
        return cls("other", sentence.removesuffix("."))

    def __str__(self) -> str:
        return f"{self.text}; {self.remedy}." if self.remedy else f"{self.text}."

    def __contains__(self, words: str) -> bool:
        return words in str(self)


def no_interval(cause: str) -> Reason:
    """The reason of a result whose interval cannot be had."""
    return Reason("no-interval", f"No interval: {cause}", "collect more")


def below_zero() -> Reason:
    """The reason of a result whose whole interval is impossible."""
    text, remedy = "The whole interval lies below 0, where no information can", "compare with another method"
    return Reason("below-zero", text, remedy)


@dataclass(frozen=True)
class Status:
    """Whether the number can be trusted, and if not, why and what to do.

    Attributes
    ----------
    code : {"OK", "UNRELIABLE"}
    reasons : tuple of Reason
        Each is a plain sentence as text; empty when OK.

    Examples
    --------
    >>> Status().ok
    True
    """

    code: StatusCode = "OK"
    reasons: tuple[Reason, ...] = ()

    @property
    def ok(self) -> bool:
        """True when the code is OK."""
        return self.code == "OK"

    @property
    def text(self) -> str:
        """The reasons, one after the other."""
        return " ".join(map(str, self.reasons))

    def because(self, *reasons: Reason | str) -> Status:
        """This status made UNRELIABLE by further reasons (unchanged when none are given)."""
        given = (Reason.of(reason) if isinstance(reason, str) else reason for reason in reasons)
        new = tuple(reason for reason in dict.fromkeys(given) if reason not in self.reasons)
        return Status("UNRELIABLE", self.reasons + new) if new else self
