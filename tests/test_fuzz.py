"""Some of the calls with odd data and options that `tests/fuzz.py` makes, of which there are any number."""

import pytest
from fuzz import one_case

# Few rows and no training: the gate has seconds for it.
CASES, PARTS, SEED, MOST = 400, 8, 0, 30


@pytest.mark.parametrize("part", range(PARTS))
def test_calls_with_odd_data_and_options(part):
    for number in range(part, CASES, PARTS):
        try:
            one_case(SEED, number, trained=0.0, most=MOST)
        except Exception as error:
            error.add_note(f"one_case({SEED}, {number}, trained=0.0, most={MOST})")
            raise
