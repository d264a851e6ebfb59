"""Selecting features by what they tell about a target and what they repeat of each other, in scikit-learn's contract.

>>> from mitk.selection import MutualInformationSelector
>>> MutualInformationSelector(n_features=5)
MutualInformationSelector(n_features=5)
"""

from __future__ import annotations

from mitk.selection.scoring import information_correlation, score_mutual_information
from mitk.selection.selector import MutualInformationSelector

__all__ = ["MutualInformationSelector", "information_correlation", "score_mutual_information"]
