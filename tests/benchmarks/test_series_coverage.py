"""The study of series draws what it says, and goes on where it stopped."""

import numpy as np
import pytest

from benchmarks.series_coverage import CORRELATION, DEPENDENT, LAWS, draw, main, truth


@pytest.mark.parametrize("law", [*LAWS, *DEPENDENT])
def test_series_have_the_memory_and_the_correlation_of_their_name(law):
    x, y = draw(law, 40_000, 0)
    np.testing.assert_allclose(np.corrcoef(x, y)[0, 1], CORRELATION * (law in DEPENDENT), atol=0.06)
    assert truth(law) == pytest.approx(-0.5 * np.log(1.0 - (CORRELATION * (law in DEPENDENT)) ** 2))
    if law.startswith("ar"):
        np.testing.assert_allclose(np.corrcoef(x[1:], x[:-1])[0, 1], float(law[3:].split(",")[0]), atol=0.02)


def test_an_interrupted_study_goes_on(tmp_path, capsys):
    store = tmp_path / "rows.jsonl"
    arguments = ["--sizes", "60", "--sets", "2", "--laws", "ar 0.5,dependent", "--surrogates", "19"]
    arguments += ["--jobs", "1", "--store", str(store)]
    main(arguments)
    first = capsys.readouterr().out
    lines = store.read_text().splitlines()
    assert len(lines) == 2 * (1 + len(DEPENDENT))
    store.write_text("\n".join(lines[:-2]) + "\n")
    main(arguments)
    assert capsys.readouterr().out == first
    assert sorted(store.read_text().splitlines()) == sorted(lines)
