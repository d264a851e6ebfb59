"""What several tests here start from."""

from __future__ import annotations

import pytest
from tiny_recipe import TINY


@pytest.fixture
def tiny(tmp_path):
    """Path of the tiny recipe."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path
