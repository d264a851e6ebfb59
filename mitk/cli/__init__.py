"""The command line: `mitk estimate`, `mitk matrix`, `mitk rank`, `mitk test`, `mitk methods`, `mitk train`."""

from __future__ import annotations

from mitk.cli import estimate as estimate
from mitk.cli import independence as independence
from mitk.cli import matrix as matrix
from mitk.cli import methods as methods
from mitk.cli import rank as rank
from mitk.cli import train as train
from mitk.cli.app import app, main

__all__ = ["app", "main"]
