"""# Selecting features: what a column adds to those that are there

Take the measurements of tumours that tell most about the diagnosis and repeat each other least; compare with those that
tell most alone; and find two columns that tell something only together, and that the rest is noise.

**What is known**: radius, perimeter and area of a nucleus follow from each other, so that one of the three is enough.
And of made data, the target is (a xor b, c): a and b tell nothing alone, c has two copies, and fifteen columns are
noise.
"""

import numpy as np
from common import BLUE, GREY, figure, table
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mitk.selection import MutualInformationSelector

SIZES = (1, 2, 3, 4, 5, 7, 10)


def exclusive_or():
    """Columns a, b, c, two copies of c and noise, and the target."""
    rng = np.random.default_rng(0)
    a, b, c = rng.integers(0, 2, (3, 2000))
    return np.column_stack([a, b, c, c, c, rng.standard_normal((2000, 15))]), 2 * (a ^ b) + c


def accuracy(X, y, criterion, size):
    """Of logistic regression on the columns that a criterion takes, in three times five folds."""
    model = make_pipeline(
        MutualInformationSelector(criterion, n_features=size), StandardScaler(), LogisticRegression(max_iter=2000)
    )
    return cross_val_score(model, X, y, cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0)).mean()


def run():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    chosen = MutualInformationSelector(n_features=8).fit(X, y)
    alone = MutualInformationSelector("mim", n_features=8).fit(X, y)
    lines = [
        (k + 1, X.columns[j], float(chosen.relevance_[j]), float(chosen.scores_[j]), X.columns[alone.path_[k]])
        for k, j in enumerate(chosen.path_)
    ]
    curves = {criterion: [accuracy(X, y, criterion, size) for size in SIZES] for criterion in ("cmim", "mim")}
    made, target = exclusive_or()
    names = np.array(["a", "b", "c", "c again", "c again", *(f"noise {k}" for k in range(15))])
    tested = MutualInformationSelector(n_features=None, lookahead=2, stop="test").fit(made, target)
    one = MutualInformationSelector(n_features=3).fit(made, target)
    drawn, (left, right) = figure(2, 4.6)
    chosen.plot(left)
    left.set_title("Tumours: what each column adds")
    right.plot(SIZES, curves["cmim"], "o-", color=BLUE, label="least redundant (cmim)")
    right.plot(SIZES, curves["mim"], "o-", color=GREY, label="best alone (mim)")
    right.set_xlabel("columns")
    right.set_ylabel("accuracy, logistic regression")
    right.legend(frameon=False)
    right.set_title("Tumours: what they are worth")
    header = ("step", "taken", "tells alone, nats", "adds, nats", "best alone")
    text = f"""{table(header, lines)}

Logistic regression on five columns is right in {100 * curves["cmim"][4]:.1f} % of the cases, on the five that are best
alone in {100 * curves["mim"][4]:.1f} %.

Of the made data, steps of one column take {", ".join(names[one.path_])}. Steps of two where they gain more for each,
until the test ends the search, take {", ".join(names[tested.path_])} (p of the steps: \
{", ".join(f"{p:.2f}" for p in tested.p_values_)})."""
    return text, drawn
