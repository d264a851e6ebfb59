"""The table of laws: complete, the page as the code says, and no law leaves the third kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.seen import COMBINATION, MIST, NEITHER, SUITES, families_of, main, page
from benchmarks.studies.drawn_laws import HELD_OUT
from benchmarks.suites import MODULES
from mitk.learned.prior.combination import COMBINATION_FAMILIES
from mitk.learned.prior.meta import FAMILIES

PAGE = Path(__file__).parents[2] / "docs" / "seen.md"


@pytest.mark.parametrize("name", MODULES)
def test_every_family_of_every_suite_has_its_line(name):
    assert set(SUITES[name]) == families_of(name)


def test_the_page_is_what_the_command_writes(capsys):
    main([])
    assert capsys.readouterr().out == page() == PAGE.read_text(encoding="utf-8")


def test_what_neither_has_seen_stays_so():
    for name in ("random", "staircase", "images"):
        assert {seen.by for seen in SUITES[name].values()} == {NEITHER}
    for words in ("spiral", "waves", "galax", "concentric", "log-gamma"):
        assert all(
            seen.by == NEITHER for families in SUITES.values() for name, seen in families.items() if words in name
        )
    assert set(HELD_OUT) == {"spiral", "galaxy", "waves", "concentric", "log-gamma-exponential", "gumbel-copula"}
    assert set(HELD_OUT).isdisjoint({*FAMILIES, *COMBINATION_FAMILIES})


def test_what_is_seen_is_seen_as_a_family_that_exists():
    for families in SUITES.values():
        for seen in families.values():
            assert seen.by in (MIST, COMBINATION, NEITHER)
            named = seen.as_what.split("`")[1::2]
            if seen.by == COMBINATION:
                assert named[0] in COMBINATION_FAMILIES
            elif seen.by == MIST:
                assert named
                assert set(named) <= set(FAMILIES)
    assert set(FAMILIES).isdisjoint(COMBINATION_FAMILIES)
