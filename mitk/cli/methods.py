"""`mitk methods`: every method and what it is for."""

from __future__ import annotations

import json
from dataclasses import asdict

import mitk
from mitk.cli.app import app, guarded
from mitk.cli.options import Json


@app.command(epilog="Example:  mitk methods --json")
@guarded
def methods(as_json: Json = False) -> None:
    """List every method and what it is for."""
    listed = mitk.methods()
    if as_json:
        print(json.dumps([asdict(method) for method in listed]))
        return
    from mitk.show.rendering import show_methods

    show_methods(listed)
