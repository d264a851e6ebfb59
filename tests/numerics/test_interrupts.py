"""An interrupt ends long searches at once."""

from __future__ import annotations

import time

import pytest

from mitk.numerics.neighbor_passes import run


def test_chunks_that_have_not_begun_are_left():
    done = []

    def task(first: int, last: int) -> None:
        if first == 2:
            raise KeyboardInterrupt
        time.sleep(0.005)
        done.append(first)

    with pytest.raises(KeyboardInterrupt):
        run(task, 1000, 1, 2)
    assert len(done) < 50
