"""Pointwise information: identities, limits, sparse tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from mitk import Discrete
from mitk.errors import DataError, ParameterError, UnsupportedError
from mitk.measures import lambda_pmi, npmi, npmi_table, pmi, pmi_table, ppmi_table

COUNTS = np.array([[30, 5, 0], [2, 20, 8], [0, 1, 14]])
P = COUNTS / COUNTS.sum()


def test_the_mean_over_the_joint_is_the_information():
    expected = Discrete.from_table(COUNTS, correction="plug-in", confidence=None).value
    values = pmi_table(COUNTS)
    cells = P > 0
    assert (P[cells] * values[cells]).sum() == pytest.approx(expected, abs=1e-12)
    with np.errstate(divide="ignore"):
        conditional, marginal = np.log(P / P.sum(axis=1, keepdims=True)), np.log(P.sum(axis=0))
    assert (P[cells] * pmi(conditional, marginal)[cells]).sum() == pytest.approx(expected, abs=1e-12)
    assert np.isneginf(pmi(conditional, marginal)[~cells]).all()


def test_lambda_runs_from_probability_to_pmi():
    conditional, marginal = np.log([0.4, 0.1]), np.log([0.5, 0.01])
    assert lambda_pmi(conditional, marginal, 0.0) == pytest.approx(conditional)
    assert lambda_pmi(conditional, marginal, 1.0) == pytest.approx(pmi(conditional, marginal))
    assert lambda_pmi(conditional, marginal) == pytest.approx(conditional - 0.2 * marginal)
    assert pmi(conditional, marginal, unit="bits") == pytest.approx(pmi(conditional, marginal) / math.log(2))


def test_npmi_at_its_limits():
    with np.errstate(divide="ignore"):
        values = npmi(
            np.log([0.25, 0.0, 0.0625, 1.0]), np.log([0.25, 0.25, 0.25, 1.0]), np.log([0.25, 0.25, 0.25, 1.0])
        )
    assert values[:3].tolist() == pytest.approx([1.0, -1.0, 0.0])
    assert np.isnan(values[3])


def test_npmi_table_agrees_with_npmi():
    with np.errstate(divide="ignore"):
        expected = npmi(np.log(P), np.log(P.sum(axis=1))[:, None], np.log(P.sum(axis=0)))
    assert npmi_table(COUNTS) == pytest.approx(expected)
    assert np.abs(npmi_table(COUNTS)).max() <= 1.0


def test_smoothing_and_powers():
    smoothed = pmi_table(COUNTS, smoothing=1.0)
    assert smoothed == pytest.approx(pmi_table(COUNTS + 1))
    weights = COUNTS.sum(axis=0) ** 0.75
    expected = np.log(P[0, 0]) - np.log(P[0].sum()) - np.log(weights[0] / weights.sum())
    assert pmi_table(COUNTS, context_power=0.75)[0, 0] == pytest.approx(expected)


def test_sparse_and_dense_positive_tables_agree():
    counts = np.random.default_rng(0).poisson(0.5, (20, 30))
    counts[3] = 0
    options = {"context_power": 0.75, "shift": math.log(2), "unit": "bits"}
    sparse = ppmi_table(csr_array(counts), **options)
    assert sparse.toarray() == pytest.approx(ppmi_table(counts, **options))
    assert (sparse.data > 0).all()
    expected = np.maximum(pmi_table(counts, context_power=0.75) - math.log(2), 0.0) / math.log(2)
    assert sparse.toarray() == pytest.approx(expected)


def test_bad_tables():
    for counts in (np.zeros((2, 2)), -np.eye(2), np.ones(3)):
        with pytest.raises(DataError, match="counts"):
            pmi_table(counts)
    with pytest.raises(DataError, match="counts"):
        ppmi_table(csr_array(-np.eye(2)))
    with pytest.raises(DataError, match="2 cells"):
        npmi_table([[1, 0], [0, 0]])
    with pytest.raises(UnsupportedError, match="smoothing"):
        ppmi_table(csr_array(np.eye(2)), smoothing=1.0)
    with pytest.raises(ParameterError, match="context_power"):
        pmi_table(np.eye(2), context_power=0.0)
    with pytest.raises(DataError, match="broadcast"):
        pmi(np.zeros(3), np.zeros(2))
    with pytest.raises(DataError, match="possible"):
        pmi(0.0, -np.inf)
    with pytest.raises(DataError, match="lam"):
        lambda_pmi(0.0, 0.0, -1.0)
