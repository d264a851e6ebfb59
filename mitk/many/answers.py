"""Answers to pairs of units as arrays: one entry a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from mitk.results.reason import Reason
from mitk.results.record import Kind, MIEstimate

OK, UNRELIABLE, FAILED = "OK", "UNRELIABLE", "failed"


@dataclass(frozen=True, eq=False)
class Answers:
    """What was found for m pairs.

    Attributes
    ----------
    x, y : ndarray of shape (m,), int32
        Places of the units.
    value, low, high : ndarray of shape (m,)
        In nats, or the unit of the method; nan where there is none.
    p_value : ndarray of shape (m,)
        Of independence; nan where there is none.
    n_samples : ndarray of shape (m,), int64
    method : ndarray of shape (m,), object
        Registered name of what read the pair.
    kind : ndarray of shape (m,), object
    reasons : ndarray of shape (m,), object
        Tuples of `Reason`; empty where the value is to be trusted.
    error : ndarray of shape (m,), object
        Why there is no value; empty where there is one.
    note : ndarray of shape (m,), object
        How the numbers were had.
    """

    x: np.ndarray
    y: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    n_samples: np.ndarray
    method: np.ndarray
    kind: np.ndarray
    reasons: np.ndarray
    error: np.ndarray
    note: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, chosen: np.ndarray) -> Answers:
        """Those at some places, or where a mask is True."""
        return Answers(*(getattr(self, f.name)[chosen] for f in fields(self)))

    @property
    def status(self) -> np.ndarray:
        """Of each, shape (m,), object: "OK", "UNRELIABLE" or "failed"."""
        doubted = np.array([bool(reasons) for reasons in self.reasons], dtype=bool)
        failed = self.error != ""
        return np.where(failed, FAILED, np.where(doubted, UNRELIABLE, OK)).astype(object)

    @classmethod
    def blank(cls, pairs: np.ndarray, n_samples: int = 0) -> Answers:
        """Entries without values for pairs of places (m, 2)."""
        m = len(pairs)
        reasons = np.empty(m, dtype=object)
        reasons[:] = [()] * m
        texts = [np.full(m, text, dtype=object) for text in ("", "estimate", "", "")]
        numbers = [np.full(m, np.nan) for _ in range(4)]
        x, y = np.asarray(pairs, dtype=np.int32).reshape(m, 2).T
        value, low, high, p_value = numbers
        method, kind, error, note = texts
        rows = np.full(m, n_samples, dtype=np.int64)
        return cls(x, y, value, low, high, p_value, rows, method, kind, reasons, error, note)

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """All entries of several."""
        if not parts:
            return cls.blank(np.empty((0, 2), dtype=np.int32))
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def fill(self, place: int, result: MIEstimate, method: str, p_value: float) -> None:
        """Enter a whole result."""
        self.value[place], self.p_value[place] = result.value, p_value
        if result.ci is not None:
            self.low[place], self.high[place] = result.ci.low, result.ci.high
        self.n_samples[place], self.method[place], self.kind[place] = result.n_samples, method, result.kind
        self.reasons[place] = result.status.reasons

    def kind_of(self, place: int) -> Kind:
        """The kind of one entry."""
        kind: Kind = self.kind[place]
        return kind

    def reasons_of(self, place: int) -> tuple[Reason, ...]:
        """The reasons of one entry."""
        reasons: tuple[Reason, ...] = self.reasons[place]
        return reasons
