"""# Naming what a unit does

MILAN {cite:p}`hernandez2022` names a unit of a network by the description d of the images E that excite it most, and
ranks descriptions by ln p(d|E) - lambda ln p(d): probability at lambda = 0, pointwise mutual information at 1.
**They found** that the
most probable description is too general (it fits any image), and that weighing its prior down, by lambda = 0.2, gives
descriptions that people agree with more.

**Here** the units are the 32 hidden ones of a small network that reads scikit-learn's digits, and the descriptions
are properties of
the image that can be checked: its digit, whether it is curved, has a loop, is one of a pair of digits, or just "a
digit". Each unit
is described from half of the images and judged on the other half: by how well the description tells which images
excite the unit (area under the ROC curve).
"""

from itertools import combinations

import numpy as np
from common import BLUE, GREEN, GREY, digits, figure, table
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from mitk.measures import lambda_pmi

UNITS, EXCITING = 32, 40
LAMBDAS = np.round(np.arange(0.0, 1.01, 0.05), 2)
# Where an observer errs: a property is seen where it is not, and missed where it is.
ERROR = 0.05


def descriptions(labels):
    """Which images each description fits."""
    found = {"a digit": np.ones(len(labels), dtype=bool)}
    found["with a loop"] = np.isin(labels, (0, 6, 8, 9))
    found["with a curve"] = ~np.isin(labels, (1, 4, 7))
    found["without a curve"] = np.isin(labels, (1, 4, 7))
    found |= {f"{a} or {b}": np.isin(labels, (a, b)) for a, b in combinations(range(10), 2)}
    return found | {str(digit): labels == digit for digit in range(10)}


def chosen_by(fits, exciting, lam):
    """Description of each unit: every exciting image votes, an observer erring in one of twenty."""
    seen = (1 - ERROR) * fits + ERROR * (1 - fits)
    conditional = np.log(np.array([seen[rows].mean(axis=0) for rows in exciting]))
    marginal = np.log(seen.mean(axis=0))
    return lambda_pmi(conditional, marginal, lam).argmax(axis=1)


def run():
    images, labels = digits()
    first, second, first_labels, second_labels = train_test_split(
        images, labels, test_size=0.5, random_state=0, stratify=labels
    )
    network = MLPClassifier((UNITS,), max_iter=300, random_state=0, early_stopping=False, tol=1e-3).fit(
        first, first_labels
    )
    accuracy = network.score(second, second_labels)

    def activations(x):
        return np.maximum(x @ network.coefs_[0] + network.intercepts_[0], 0.0)

    one, other = activations(first), activations(second)
    alive = np.flatnonzero(np.minimum((one > 0).mean(axis=0), (other > 0).mean(axis=0)) >= 0.1)
    names = list(descriptions(labels))
    fits = np.column_stack(list(descriptions(first_labels).values())).astype(float)
    judged = np.column_stack(list(descriptions(second_labels).values()))
    exciting = [np.argsort(-one[:, unit])[:EXCITING] for unit in alive]
    excited = [other[:, unit] > np.quantile(other[:, unit], 0.9) for unit in alive]
    scores, breadth, used = [], [], []
    for lam in LAMBDAS:
        picked = chosen_by(fits, exciting, lam)
        scores.append(np.mean([roc_auc_score(hot, judged[:, d]) for hot, d in zip(excited, picked, strict=True)]))
        breadth.append(judged[:, picked].mean())
        used.append(len(set(picked)))
    at = {lam: int(np.flatnonzero(lam == LAMBDAS)[0]) for lam in (0.0, 0.2, 1.0)}
    best = int(np.argmax(scores))

    made, (left, right) = figure(2)
    left.plot(LAMBDAS, scores, "o-", color=BLUE, markersize=4)
    left.axvline(0.2, color=GREY, linestyle="--", linewidth=0.8)
    left.text(0.22, min(scores) + 0.01, "published", color=GREY, fontsize="small")
    left.set(xlabel="lambda", ylabel="area under the ROC curve")
    right.plot(LAMBDAS, breadth, "o-", color=GREEN, markersize=4)
    right.set(xlabel="lambda", ylabel="share of images a description fits", ylim=(0, 1.05))

    picks = {lam: chosen_by(fits, exciting, lam) for lam in at}
    rows = [(int(unit), *(names[picks[lam][i]] for lam in at)) for i, unit in enumerate(alive[:8])]
    judgements = "\n".join(
        f"| {lam:g} | {scores[i]:.3f} | {100 * breadth[i]:.0f} % of images | {used[i]} |" for lam, i in at.items()
    )
    text = f"""The network gets {100 * accuracy:.0f} % of the other half right; {len(alive)} of {UNITS} units are
active on a tenth of the images. The first of them:

{table(("unit", *(f"lambda = {lam:g}" for lam in at)), rows)}

| lambda | area under the ROC curve | a description fits | different descriptions |
|---|---|---|---|
{judgements}
| {LAMBDAS[best]:g}, the best | {scores[best]:.3f} | {100 * breadth[best]:.0f} % of images | {used[best]} |

- **At lambda = 0** the most probable description fits everything: "a digit", which tells nothing (area 0.5).
- **At lambda = 0.2**, the published value, the area is {scores[at[0.2]]:.3f}. The best, {scores[best]:.3f}, is at
  {LAMBDAS[best]:g}.
- **At lambda = 1**, pure pointwise mutual information, descriptions are the narrowest, {100 * breadth[at[1.0]]:.0f}
  % of images,
  and the area is {scores[at[1.0]]:.3f}.

**Where it differs.** MILAN's descriptions are sentences of a captioning model and its judges are people; here a
description
is one of {len(names)} properties and the judge is the unit itself on images not used to describe it."""
    return text, made
