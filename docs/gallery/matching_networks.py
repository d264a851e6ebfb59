"""# Do two networks learn the same units?

{cite:t}`li2016` train one network from several starts and match the units of one run to those of another by how
their activations
depend, by correlation or mutual information. **They found** that many units have a counterpart and some have none,
so that a
unit's best partner is often better than the one it gets when each may be used only once; and that mutual information
gives
almost the same matches as correlation, at a much higher price.

**Here** two networks with 32 hidden units learn scikit-learn's digits from different starts, and units are compared
on
images that neither has seen. `pairwise_mi` by bins sees any dependence; by the copula it sees monotone dependence,
as correlation
does.
"""

import time

import numpy as np
from common import BLUE, GREY, ORANGE, digits, figure, table
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from mitk.measures import match_units, pairwise_mi

UNITS, BINS = 32, 6


def run():
    images, labels = digits()
    seen, new, seen_labels, new_labels = train_test_split(
        images, labels, test_size=0.5, random_state=0, stratify=labels
    )
    networks = [MLPClassifier((UNITS,), max_iter=300, random_state=s, tol=1e-3).fit(seen, seen_labels) for s in (0, 1)]
    units = [np.maximum(new @ network.coefs_[0] + network.intercepts_[0], 0.0) for network in networks]
    units = [side[:, np.ptp(side, axis=0) > 0] for side in units]

    matrices, seconds = {}, {}
    for name, measure in (
        ("correlation", lambda x, y: np.abs(np.corrcoef(x.T, y.T)[: x.shape[1], x.shape[1] :])),
        ("copula", lambda x, y: pairwise_mi(x, y)),
        ("bins", lambda x, y: pairwise_mi(x, y, "binning", bins=BINS)),
    ):
        start = time.perf_counter()
        matrices[name] = measure(*units)
        seconds[name] = time.perf_counter() - start
    matched = {name: match_units(matrix) for name, matrix in matrices.items()}
    best = {name: match_units(matrix, "best") for name, matrix in matrices.items()}
    shuffled = pairwise_mi(units[0], units[1][np.random.default_rng(0).permutation(len(new))], "binning", bins=BINS)
    chance = float(np.quantile(shuffled.max(axis=1), 0.95))

    def same(one, other):
        pairs, others = (set(zip(m.rows.tolist(), m.columns.tolist(), strict=True)) for m in (one, other))
        return len(pairs & others) / len(pairs)

    order = np.argsort(-matched["bins"].values)
    ours, theirs = matched["bins"], best["bins"]
    drop = theirs.values[ours.rows] - ours.values

    made, (left, right) = figure(2)
    grid = matrices["bins"][ours.rows[order]][:, ours.columns[order]]
    image = left.imshow(grid, cmap="Blues", vmin=0)
    left.set(xlabel="unit of the second network, as matched", ylabel="unit of the first network")
    left.spines[["left", "bottom"]].set_visible(False)
    made.colorbar(image, ax=left, label="mutual information, nats", shrink=0.85)
    right.plot(theirs.values[ours.rows][order], "o", color=GREY, label="best partner", markersize=5)
    right.plot(ours.values[order], "o", color=BLUE, label="matched one to one", markersize=5)
    right.axhline(chance, color=ORANGE, linewidth=0.9, linestyle="--", label="best partner, images shuffled")
    right.set(xlabel="unit of the first network, by its match", ylabel="mutual information, nats", ylim=(-0.02, 0.9))
    right.legend(frameon=False, fontsize="small", loc="upper right")

    rows = [
        (
            name,
            f"{100 * same(best[name], best['correlation']):.0f} %",
            f"{100 * same(matched[name], matched['correlation']):.0f} %",
            f"{1000 * seconds[name]:.1f} ms",
        )
        for name in matrices
    ]
    flat = np.corrcoef(matrices["correlation"].ravel(), matrices["bins"].ravel())[0, 1]
    lonely = int((drop > 0.1).sum())
    text = f"""Right on new images: {100 * networks[0].score(new, new_labels):.0f} % and
{100 * networks[1].score(new, new_labels):.0f} %.
{units[0].shape[1]} and {units[1].shape[1]} units are alive.

{table(("measure", "same best partner as correlation", "same one-to-one match", "time"), rows)}

- **Counterparts**: all {int((theirs.values > chance).sum())} of {len(theirs.values)} best partners are above what
  shuffled images give; the best match shares
  {ours.values.max():.2f} nats, the median one {np.median(ours.values):.2f}.
- **Best against one to one**: {lonely} of {len(drop)} units give up more than 0.1 nats when each partner may be used
  once, as published:
  several units share a counterpart and others have none of their own.
- **Mutual information against correlation**: over all pairs, mutual information by bins and absolute correlation
  have a
  correlation of {flat:.2f}. The best partner agrees in {100 * same(best["bins"], best["correlation"]):.0f} % of
  units, the one-to-one match in
  {100 * same(matched["bins"], matched["correlation"]):.0f} %.

**Where it differs.** The paper matches convolutional networks on ImageNet and finds nearly the same matches by
either measure. Small
dense networks agree less clearly, and ties between middling partners are easily turned. The price of mutual
information is smaller
than it was: bins of all pairs take one matrix product a unit."""
    return text, made
