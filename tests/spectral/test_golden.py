"""Numbers of the published program, to its six printed decimals."""

import numpy as np
import pytest
from golden_cases import GOLDEN, LABELS, SUBSETS, VALUES, blobs, gauss, imbalanced, scalar, separated, vector

from mitk.spectral import adjacency_entropy, binned_entropy, dse, dsmi, published_subsets, transition_entropy

# Half a unit of the sixth decimal and what eigenvalues of a program of its own differ by.
EXACT = 1e-6


def near(value):
    return pytest.approx(value, abs=EXACT)


def test_the_data_are_those_of_the_program():
    drawn = {
        "dse_gauss_sigma1_t1": gauss(),
        "dsmi_blobs_discrete_sigma1": blobs()[0],
        "dsmi_imbalanced_discrete_sigma2": imbalanced()[0],
        "dsmi_continuous_scalar_5bins_sigma0.5": scalar()[0],
        "dsmi_continuous_vector_spectral4_sigma3": vector()[0],
        "limit_three_separated_blobs": separated()[0],
    }
    for name, x in drawn.items():
        assert x.sum() == pytest.approx(GOLDEN["sums"][name], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dse_gauss_sigma1_t1", {"bandwidth": 1.0}),
        ("dse_gauss_sigma1_t3", {"bandwidth": 1.0, "time": 3}),
        ("dse_gauss_default_sigma10_t1", {"bandwidth": 10}),
        ("dse_gauss_sigma1_t1_half", {"bandwidth": 1.0, "density_power": 0.5}),
        ("dse_gauss_sigma1_t3_half", {"bandwidth": 1.0, "density_power": 0.5, "time": 3}),
        ("dse_gauss_default_sigma10_t1_half", {"bandwidth": 10, "density_power": 0.5}),
    ],
)
def test_dse(name, options):
    assert dse(gauss(), **options).value == near(VALUES[name])


def test_variants():
    x = gauss()
    assert transition_entropy(x, bandwidth=1.0).value == near(VALUES["dse_matrix_entry"])
    assert binned_entropy(x, bins=2).value == near(VALUES["cse_bins2"])
    assert adjacency_entropy(x, bandwidth=1.0).value == near(VALUES["ase_gauss"])
    assert adjacency_entropy(x, neighbors=5).value == near(VALUES["ase_knn5"])


CASES = {
    "dsmi_blobs_discrete_sigma1": (blobs, {"bandwidth": 1.0}),
    "dsmi_blobs_discrete_sigma2_t2": (blobs, {"bandwidth": 2.0, "time": 2}),
    "dsmi_imbalanced_discrete_sigma2": (imbalanced, {"bandwidth": 2.0}),
    "dsmi_continuous_scalar_5bins_sigma0.5": (scalar, {"bandwidth": 0.5, "clusters": 5, "clustering": "uniform"}),
    "dsmi_continuous_vector_spectral4_sigma3": (vector, {"bandwidth": 3.0}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("source", ["stored", "drawn"])
def test_dsmi(name, source):
    make, options = CASES[name]
    x, y = make()
    labels = LABELS.get(name, y)
    if "vector" in name:
        y = np.array(labels)
    stored = SUBSETS.get(name, SUBSETS["dsmi_blobs_discrete_sigma1"])
    subsets = stored if source == "stored" else published_subsets(labels)
    result = dsmi(x, y, subsets=subsets, **options)
    assert result.value == near(VALUES[name])
    parts = result.diagnostics["classes"]
    for part, (rows, own, reference) in zip(parts, GOLDEN["parts"][name], strict=True):
        assert part["rows"] == rows
        assert part["entropy_nats"] / np.log(2.0) == near(own)
        assert part["subsets_nats"] / np.log(2.0) == near(reference)


def test_clusters_are_those_of_the_program():
    # Bins of equal width, labelled from 1, and spectral clusters up to the order of their labels.
    x, y = scalar()
    name = "dsmi_continuous_scalar_5bins_sigma0.5"
    options = {"clusters": 5, "clustering": "uniform", "bandwidth": 0.5}
    found = dsmi(x, y, **options).diagnostics["cluster_of_row"]
    assert (np.array(found) + 1).tolist() == LABELS[name]
    x, y = vector()
    name = "dsmi_continuous_vector_spectral4_sigma3"
    subsets = published_subsets(LABELS[name])
    assert dsmi(x, y, bandwidth=3.0, clusters=4, clustering="spectral", subsets=subsets).value == near(VALUES[name])


def test_three_separated_blobs():
    x, y = separated()
    assert dse(x, bandwidth=1.0).value == near(VALUES["limit_three_separated_blobs_dse"])
    result = dsmi(x, y, bandwidth=1.0, subsets=published_subsets(y))
    assert result.value == near(VALUES["limit_three_separated_blobs_dsmi"])
