"""The tags: every measure has one, results carry it, the page shows it."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mitk.measures
from mitk.measures import measures

ROOT = Path(__file__).parents[2]
# What is no measure: records, tools, and the list itself.
TOOLS = {
    "CapacityConstraint",
    "fit_exponential_distortion",
    "lagged_pairs",
    "match_units",
    "measures",
}
# A matrix is no result.
RESULTS = [m for m in measures() if m.kind in ("estimate", "lower", "upper") and m.name != "pairwise_mi"]


def test_every_measure_is_tagged():
    functions = {name for name in mitk.measures.__all__ if not name[0].isupper()}
    assert functions - TOOLS == {line.name for line in measures()}


def test_tags_are_told_apart():
    keys = [(line.name, line.option) for line in measures()]
    assert len(set(keys)) == len(keys)
    assert {line.kind for line in measures()} == {"estimate", "lower", "upper", "score", "loss"}


def test_every_source_is_in_the_references():
    known = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "docs/references.bib").read_text(), flags=re.MULTILINE))
    assert {line.source for line in measures()} <= known


def test_every_name_has_its_home_and_a_place_in_the_reference():
    reference = (ROOT / "docs/reference.md").read_text()
    for name in mitk.measures.__all__:
        getattr(mitk.measures, name)
        assert f"mitk.measures.{name}\n" in reference


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("line", RESULTS, ids=str)
def test_results_carry_their_tag(line):
    rng = np.random.default_rng(0)
    mu, zero = rng.standard_normal((20, 1)), np.zeros((20, 1))
    calls = {
        "channel_mi": lambda **option: mitk.measures.channel_mi(rng.standard_normal((20, 20)), **option),
        "vae_rate": lambda: mitk.measures.vae_rate(mu, zero),
        "hierarchical_rate": lambda: mitk.measures.hierarchical_rate((mu, zero), (mu, zero), (zero, zero), mu).low,
        "aggregate_kl_gap": lambda: mitk.measures.aggregate_kl_gap(mu, zero).gap,
        "decoder_mi": lambda: mitk.measures.decoder_mi(-rng.random(20), 1.0),
        "kde_mi": lambda **option: mitk.measures.kde_mi(mu, mu + rng.standard_normal((20, 1)), **option),
    }
    option = dict.fromkeys(re.findall(r"(\w+)=False", line.option), False)
    result = calls[line.name](**option)
    assert (result.kind, result.estimator.name) == (line.kind, line.name)
    assert result.to("bits").value == pytest.approx(result.value / np.log(2))
    assert type(result).from_json(result.to_json(pointwise=True)) == result


def test_the_page_shows_the_table():
    module = ROOT / "docs/measures_table.py"
    shown = subprocess.run([sys.executable, module], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert shown == (ROOT / "docs/measures-table.md").read_text()


def test_only_losses_load_jax():
    code = (
        "import sys; import mitk.measures as m; m.measures(); m.channel_mi; m.vae_rate; m.pmi; m.ppmi_table;"
        "m.clustering_complexity; m.kde_mi; m.pairwise_mi; m.lagged_pairs; m.decoder_mi;"
        "print(*[n for n in ('jax', 'sklearn', 'numba', 'matplotlib') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="chanel_mi"):
        _ = mitk.measures.chanel_mi
    assert set(mitk.measures.__all__) <= set(dir(mitk.measures))
    assert importlib.import_module("mitk.measures.catalogue").measure("vae_rate").kind == "upper"
