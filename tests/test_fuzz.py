"""Some of the calls with odd data and options that `tests/fuzz.py` makes, of which there are any number."""

import pytest
from fuzz import one_case

CASES, PARTS = 400, 8


@pytest.mark.parametrize("part", range(PARTS))
def test_calls_with_odd_data_and_options(part):
    for number in range(part, CASES, PARTS):
        try:
            one_case(seed=0, number=number, trained=0.0025)
        except Exception as error:
            error.add_note(f"python tests/fuzz.py 1 --seed 0 --start {number} --trained 0.0025")
            raise
