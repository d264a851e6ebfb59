"""Some of the commands on broken files that `tests/fuzz_files.py` makes, of which there are any number."""

import pytest
from fuzz_files import one_case


@pytest.mark.parametrize("number", range(60))
def test_commands_on_broken_files(tmp_path, number):
    assert one_case(seed=0, number=number, folder=tmp_path) in (0, 2, 3)
