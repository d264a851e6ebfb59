"""`MutualInformationSelector`: a transformer of scikit-learn that keeps the columns which tell most about a target."""

from __future__ import annotations

import importlib
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from mitk.errors import ParameterError, sentence
from mitk.estimator import Estimator
from mitk.hyperparameters import one_of, whole
from mitk.selection.criteria import CRITERIA
from mitk.selection.methods import informations
from mitk.selection.reading import Features, labelled_columns, read_target
from mitk.selection.search import Chance, Path, search


class MutualInformationSelector(SelectorMixin, BaseEstimator):
    """Keep the columns that tell most about a target and repeat each other least.

    Parameters
    ----------
    criterion : str, default "cmim"
        How a column f is scored beside the columns s that are selected, with relevance I(f; y), redundancy I(f; s) and
        conditional redundancy I(f; s | y): "mim", "mifs", "mrmr" (the difference), "mrmr-quotient", "jmi", "jmim",
        "cife", "cmim" or "disr"; see Notes.
    n_features : int or None, default 10
        Columns to keep; all where there are fewer. None keeps all, in their order, or as many as ``stop`` lets pass.
    method : str or Estimator, default "binning"
        What reads the informations: "binning", averaged over coarse and fine bins; "discrete" for labels and
        whole numbers; "gaussian" or "copula" in closed form, of correlations, for targets of labels within each class;
        any other name of `mitk.methods()` or configured estimator by fits, d for each column taken, such as "screen"
        or ``KSG(k=5)``.
    lookahead : {1, 2}, default 1
        2 lets a step take two columns where they gain more for each of the two than any column does alone: what they
        only tell together, as a and b of ``a xor b``. It reads all pairs of columns once.
    stop : {None, "test"}, default None
        "test" ends where chance would do as well: the best gain of a step must be reached by at most a share ``level``
        of permutations of the rows of all columns that are not selected.
    level : float, default 0.05
        Of the test: the chance that any column which tells nothing about the target or the selected columns is taken.
    n_permutations : int, default 99
        Of the test. A step that fails ends early.
    discrete_target : bool, optional
        True takes y for labels, False for numbers. By default text, categories, booleans are labels, and whole numbers
        of at most ten levels or the square root of the rows.
    seed : int, default 0
        Of permutations, and of methods that draw.

    Attributes
    ----------
    path_ : ndarray of shape (k,)
        Places of the selected columns in the order in which they were taken.
    ranking_ : ndarray of shape (d,)
        1 for the column taken first; columns that were not taken follow by their score at the end.
    scores_ : ndarray of shape (d,)
        The criterion's score of each column when it was taken, of the others at the end; in nats but for
        "mrmr-quotient" and "disr", which are ratios. Of two columns taken in one step, their gain for each.
    relevance_ : ndarray of shape (d,)
        I(f; y) in nats, not clipped: near independence it is a little below 0 as often as above.
    redundancy_ : ndarray of shape (d,)
        Mean of I(f; s) over the columns taken before, in nats; 0 of the first, and of the others over all that were
        taken.
    p_values_ : ndarray
        Of each step that was tested; with ``stop="test"``.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (d,), object
        Where the columns have names.

    Raises
    ------
    DataError, DataTypeError, ParameterError, UnknownMethodError, UnsupportedError
        By `fit`; ValueError and TypeError of scikit-learn for arrays that it refuses.

    Notes
    -----
    J(f) = I(f; y) + over s of [gamma I(f; s | y) - beta I(f; s)] (Brown et al. 2012):

    ============= ==== ===== =====================================================================
    criterion     beta gamma over the selected columns
    ============= ==== ===== =====================================================================
    mim           0    0
    mifs          1    0     sum
    mrmr          1    0     mean; mrmr-quotient divides the relevance by the mean redundancy
    jmi           1    1     mean, which orders as the mean of I(f, s; y)
    cife          1    1     sum
    cmim          1    1     least, the least of I(f; y | s)
    jmim          1    1     least of I(f, s; y)
    disr          1    1     mean of I(f, s; y) / H(f, s, y), entropies of the binned columns
    ============= ==== ===== =====================================================================

    "cmim" asks what a column tells beyond the one selected column that says most of the same. A copy scores 0 however
    many are selected, where the mean of "jmi" and "mrmr" pardons it more the more there are.

    Bins of equal mass hold few levels, so that a table of f, s and y is filled; informations are corrected for their
    bias (Miller and Madow), so that columns of many levels are not preferred, and averaged over up to ten grids.

    All criteria look at pairs: what a column tells beyond three others together is not asked. Weights of rows are not
    taken: interval and bias of weighted tables and neighbours are not known here. Nothing of the target of rows that a
    model is judged on may be seen by the selection, so that it belongs into the pipeline.

    References
    ----------
    * G. Brown et al., "Conditional likelihood maximisation: a unifying framework for information theoretic feature
      selection", Journal of Machine Learning Research 13 (2012).
    * F. Fleuret, "Fast binary feature selection with conditional mutual information", Journal of Machine Learning
      Research 5 (2004).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> a, b, noise = rng.standard_normal((3, 500))
    >>> X, y = np.column_stack([noise, a, 2.0 * a, b]), a + 0.5 * b > 0
    >>> selector = MutualInformationSelector(n_features=2).fit(X, y)
    >>> selector.path_.tolist()                 # a, then b: the copy of a tells nothing more
    [1, 3]
    >>> selector.transform(X).shape
    (500, 2)
    """

    def __init__(
        self,
        criterion: str = "cmim",
        *,
        n_features: int | None = 10,
        method: str | Estimator = "binning",
        lookahead: int = 1,
        stop: str | None = None,
        level: float = 0.05,
        n_permutations: int = 99,
        discrete_target: bool | None = None,
        seed: int = 0,
    ) -> None:
        self.criterion = criterion
        self.n_features = n_features
        self.method = method
        self.lookahead = lookahead
        self.stop = stop
        self.level = level
        self.n_permutations = n_permutations
        self.discrete_target = discrete_target
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:
        """Select columns.

        Parameters
        ----------
        X : array_like, sparse matrix or frame of shape (n, d)
            Numbers; columns of frames may be text, categories or booleans, which are labels.
        y : array_like of shape (n,)
            Labels or numbers.

        Returns
        -------
        MutualInformationSelector
        """
        self._check()
        labelled = labelled_columns(X)
        if labelled is not None:
            validate_data(self, X, skip_check_array=True)
            matrix = np.column_stack([column.values for column in labelled])
            names, nominal = (tuple(getattr(c, what) for c in labelled) for what in ("name", "nominal"))
        else:
            matrix, y = validate_data(
                self, X, y, accept_sparse="csc", dtype=np.float64, ensure_min_samples=2, y_numeric=False
            )
            d = matrix.shape[1]
            names = tuple(map(str, getattr(self, "feature_names_in_", (f"x{j}" for j in range(d)))))
            nominal = (False,) * d
        features = Features(matrix, names, nominal)
        target = read_target(y, self.discrete_target, features.shape[0])
        source = informations(features, target, self.method, self.seed)
        chance = None if self.stop is None else Chance(self.level, self.n_permutations, self.seed)
        most = source.d if self.n_features is None else self.n_features
        path = search(source, CRITERIA[self.criterion], most, self.lookahead, chance)
        self._keep(path, source.relevance)
        return self

    def plot(self, ax: Any = None) -> Any:
        """Draw the path: what each column taken tells, alone and beyond those before it. Needs the ``plot`` extra."""
        check_is_fitted(self)
        return importlib.import_module("mitk.show.selection").plot_path(self, ax=ax)

    def _keep(self, path: Path, relevance: np.ndarray) -> None:
        d, taken = len(relevance), np.array(path.taken, dtype=np.int64)
        others = np.setdiff1d(np.arange(d), taken)
        others = others[np.argsort(-path.left[others], kind="stable")]
        self.path_ = taken
        self.relevance_ = relevance
        self.ranking_ = np.empty(d, dtype=np.int64)
        self.ranking_[np.concatenate([taken, others])] = np.arange(1, d + 1)
        self.scores_ = path.left.copy()
        self.scores_[taken] = path.scores
        self.redundancy_ = path.redundant.copy()
        self.redundancy_[taken] = path.redundancy
        if self.stop is not None:
            self.p_values_ = np.array(path.p_values)

    def _check(self) -> None:
        """Raise ParameterError for a parameter outside its rule."""
        one_of("criterion", self.criterion, tuple(CRITERIA))
        if self.n_features is not None:
            whole("n_features", self.n_features, 1)
        if isinstance(self.lookahead, bool) or self.lookahead not in (1, 2):
            raise ParameterError(sentence("lookahead", "must be 1 or 2", repr(self.lookahead)))
        if self.stop is not None:
            one_of("stop", self.stop, ("test",))
        whole("n_permutations", self.n_permutations, 1)
        whole("seed", self.seed, 0)
        number = isinstance(self.level, (int, float, np.number)) and not isinstance(self.level, bool)
        if not number or not 0.0 < self.level < 1.0:
            raise ParameterError(sentence("level", "must be a number between 0 and 1", repr(self.level)))
        if self.stop is not None and self.level * (self.n_permutations + 1) < 1.0:
            hint = f"take at least {int(np.ceil(1.0 / self.level)) - 1}"
            rule = f"must let p fall to the level {self.level}"
            raise ParameterError(sentence("n_permutations", rule, self.n_permutations, hint))
        if self.discrete_target is not None and not isinstance(self.discrete_target, (bool, np.bool_)):
            raise ParameterError(sentence("discrete_target", "must be True, False or None", repr(self.discrete_target)))

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self)
        mask = np.zeros(len(self.ranking_), dtype=bool)
        mask[self.path_] = True
        return mask

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.sparse = self.method in ("binning", "discrete", "gaussian", "cca")
        return tags
