"""scikit-learn's own checks of an estimator, for every criterion."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from mitk.selection import MutualInformationSelector
from mitk.selection.criteria import CRITERIA

SELECTORS = [
    *(MutualInformationSelector(criterion, n_features=2) for criterion in CRITERIA),
    MutualInformationSelector(n_features=2, lookahead=2, stop="test", n_permutations=19),
    MutualInformationSelector(method="gaussian"),
    MutualInformationSelector("mim", n_features=1, method="screen"),
]


# What the test says of noise.
@pytest.mark.filterwarnings("ignore:No features were selected")
@parametrize_with_checks(SELECTORS)
def test_sklearn(estimator, check):
    check(estimator)
