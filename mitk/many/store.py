"""Finished tiles beside the table that they will be, so that interrupted work goes on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from mitk.data.frames import as_frame
from mitk.errors import DataError, MissingDependencyError, ParameterError, sentence
from mitk.many.answers import Answers
from mitk.many.result import PairwiseResult
from mitk.many.tiles import Recipe
from mitk.many.units import Units
from mitk.results.reason import Reason

ENDINGS = (".parquet", ".csv", ".json")
# Who can write Parquet, the quickest first.
WRITERS = ("polars", "pyarrow")


class TileStore:
    """The file that results go to, and a folder beside it for the tiles that are done.

    Parameters
    ----------
    out : str or Path
        Ends in .parquet, .csv or .json.
    call : str
        Fingerprint of data and options: only tiles of the same call are taken up.

    Raises
    ------
    ParameterError, MissingDependencyError, DataError
        Before the first pair: for another ending, a folder that is not there, no writer, or tiles of another call.
    """

    def __init__(self, out: str | os.PathLike[str], call: str) -> None:
        self.path = Path(out)
        self.folder = self.path.with_name(f"{self.path.name}.tiles")
        if self.path.suffix not in ENDINGS:
            raise ParameterError(sentence("out", f"must end in one of {', '.join(ENDINGS)}", repr(str(out))))
        if not self.path.parent.is_dir():
            raise ParameterError(sentence("out", "must lie in a folder that is there", repr(str(out))))
        if self.path.suffix == ".parquet" and not any(map(find_spec, WRITERS)):
            rule, remedy = "must be installed to write Parquet", 'pip install "mitk[frames]"'
            raise MissingDependencyError(sentence("polars or pyarrow", rule, "none", remedy))
        self.folder.mkdir(exist_ok=True)
        key = self.folder / "call.json"
        if key.exists() and _call_in(key) != call:
            remedy = f"remove {self.folder}, or choose another name"
            raise DataError(sentence("out", "must not have tiles of another call beside it", str(self.folder), remedy))
        key.write_text(json.dumps({"call": call}))

    def holds(self, tile: int) -> bool:
        """Whether a tile is done."""
        return self._place(tile).exists()

    def load(self, tile: int) -> tuple[Answers, np.ndarray]:
        """What was stored of a tile: its answers and all its p-values."""
        try:
            return self._read(self._place(tile))
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            rule, remedy = "must have whole tiles beside it", "remove that file: its pairs are answered again"
            raise DataError(sentence("out", rule, f"{self._place(tile)} ({error})", remedy)) from error

    def _read(self, path: Path) -> tuple[Answers, np.ndarray]:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            answers = Answers.blank(np.column_stack([stored["x"], stored["y"]]))
            for name in ("value", "low", "high", "p_value", "n_samples"):
                getattr(answers, name)[:] = stored[name]
            texts = json.loads(str(stored["texts"]))
            for name in ("method", "kind", "error", "note"):
                getattr(answers, name)[:] = texts[name]
            for k, reasons in texts["reasons"].items():
                answers.reasons[int(k)] = tuple(Reason(*reason) for reason in reasons)
            return answers, stored["all_p_values"]

    def save(self, tile: int, answers: Answers, p_values: np.ndarray) -> None:
        """Store a tile, whole or not at all."""
        texts = {name: getattr(answers, name).tolist() for name in ("method", "kind", "error", "note")}
        doubted = {k: answers.reasons_of(k) for k in range(len(answers)) if answers.reasons[k]}
        texts["reasons"] = {k: [(r.code, r.text, r.remedy) for r in reasons] for k, reasons in doubted.items()}
        numbers = {name: getattr(answers, name) for name in ("x", "y", "value", "low", "high", "p_value", "n_samples")}
        place, begun = self._place(tile), self.folder / "begun.npz"
        np.savez_compressed(begun, texts=np.array(json.dumps(texts)), all_p_values=p_values, **numbers)
        begun.replace(place)

    def finish(self, result: PairwiseResult) -> None:
        """Write the table and remove the tiles."""
        begun = self.folder / f"begun{self.path.suffix}"
        if self.path.suffix == ".json":
            begun.write_text(json.dumps(result.to_dict(), allow_nan=False))
        else:
            import narwhals.stable.v2 as nw

            kind = next((name for name in (*WRITERS, "pandas") if find_spec(name)), "dict")
            frame = nw.from_native(as_frame(result.columns(), kind), eager_only=True)
            write = frame.write_parquet if self.path.suffix == ".parquet" else frame.write_csv
            write(str(begun))
        begun.replace(self.path)
        shutil.rmtree(self.folder)

    def _place(self, tile: int) -> Path:
        return self.folder / f"{tile:08d}.npz"


def _call_in(key: Path) -> str | None:
    """The call that tiles belong to; None where that cannot be read."""
    try:
        found: str = json.loads(key.read_text())["call"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def call_of(recipe: Recipe, units: Units, others: dict[str, Any]) -> str:
    """Fingerprint of a call: data, method and options."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(recipe, units, others):
        digest.update(part)
    return digest.hexdigest()


def _parts(recipe: Recipe, units: Units, others: dict[str, Any]) -> Iterator[bytes]:
    options = recipe.options
    said = (options.confidence, options.interval, options.missing, options.unit, options.block, options.thin)
    yield repr((recipe.estimator.info(), recipe.estimator, recipe.test, said, sorted(others.items()))).encode()
    if options.groups is not None:
        yield repr(np.asarray(options.groups).tolist()).encode()
    yield repr((units.names, units.choices, units.n_targets)).encode()
    if units.given:
        yield repr((tuple(column.name for column in units.given), units.given_choices)).encode()
    for columns in (*units.columns, units.given):
        for column in columns:
            yield np.ascontiguousarray(column.values).tobytes()
