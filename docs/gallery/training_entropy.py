"""# Spectral entropy over the training of a network

{cite:t}`liao2024` follow the activations Z of a network while it learns, by two scores of their diffusion spectrum: the
entropy DSE(Z), and DSMI(Z; Y) of the activations and the labels. **They found** that both rise with training and with
accuracy, in supervised and contrastive networks, and that DSMI rises less where a network overfits random labels. For
self-supervised networks {cite:t}`garrido2023` find that the effective rank RankMe goes with accuracy, and
{cite:t}`agrawal2022` that the decay alpha of the spectrum near 1 does.

**Here** a network of two hidden layers learns scikit-learn's digits, once with the right labels and once with shuffled
ones, and the 32 activations of its last hidden layer on 600 new images are scored as it learns. The kernel's width is
taken in two ways: as published, one number for the whole of training; and half the median distance at every step, which
growing activations cannot change. The one number, for both runs, is half the median distance at the end of the first.
"""

import itertools

import numpy as np
from common import BLUE, GREEN, GREY, ORANGE, digits, figure, table
from sklearn.model_selection import train_test_split

from mitk.spectral import alpha_req, dse, dsmi, rankme

HIDDEN, LAST, BATCH, RATE = 64, 32, 64, 1e-3
STEPS = (0, 10, 30, 100, 300, 1000, 3000)
# Ranks over which the decay of the spectrum is fitted.
RANKS = (2, 20)


def layers(params, x):
    """Activations of both hidden layers and the scores of the ten digits."""
    (w1, b1), (w2, b2), (w3, b3) = params
    first = np.maximum(x @ w1 + b1, 0.0)
    last = np.maximum(first @ w2 + b2, 0.0)
    return first, last, last @ w3 + b3


def slopes(params, x, labels):
    """Gradient of the cross-entropy."""
    first, last, scores = layers(params, x)
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances[np.arange(len(x)), labels] -= 1.0
    back = chances / len(x)
    found = [(last.T @ back, back.sum(axis=0))]
    back = (back @ params[2][0].T) * (last > 0.0)
    found.append((first.T @ back, back.sum(axis=0)))
    back = (back @ params[1][0].T) * (first > 0.0)
    found.append((x.T @ back, back.sum(axis=0)))
    return found[::-1]


def course(x, labels, seed=0):
    """Parameters at the steps of STEPS, trained by Adam."""
    rng = np.random.default_rng(seed)
    sizes = (64, HIDDEN, LAST, 10)
    params = [[rng.standard_normal((a, b)) * np.sqrt(2.0 / a), np.zeros(b)] for a, b in itertools.pairwise(sizes)]
    moments = [[[np.zeros_like(p), np.zeros_like(p)] for p in layer] for layer in params]
    kept = []
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            kept.append([[p.copy() for p in layer] for layer in params])
        rows = rng.integers(0, len(x), BATCH)
        for layer, remembered, found in zip(params, moments, slopes(params, x[rows], labels[rows]), strict=True):
            for j, slope in enumerate(found):
                mean, square = remembered[j]
                mean += 0.1 * (slope - mean)
                square += 0.001 * (slope**2 - square)
                rate = RATE * np.sqrt(1.0 - 0.999 ** (step + 1)) / (1.0 - 0.9 ** (step + 1))
                layer[j] -= rate * mean / (np.sqrt(square) + 1e-8)
    return kept


def run():
    images, labels = digits()
    x, new, y, truth = train_test_split(images, labels, test_size=600, random_state=0, stratify=labels)
    shuffled = np.random.default_rng(1).permutation(y)
    runs = {"right labels": course(x, y), "shuffled labels": course(x, shuffled)}
    end = layers(runs["right labels"][-1], new)[1]
    width = dsmi(end, truth).diagnostics["bandwidth"]
    scores = {}
    for name, kept in runs.items():
        taught = y if name == "right labels" else shuffled
        rows = []
        for params in kept:
            _, z, guesses = layers(params, new)
            rows.append(
                (
                    np.mean(layers(params, x)[2].argmax(axis=1) == taught),
                    np.mean(guesses.argmax(axis=1) == truth),
                    dse(z, bandwidth=width).value,
                    dse(z).value,
                    dsmi(z, truth, bandwidth=width).value,
                    dsmi(z, truth).value,
                    rankme(z, kind="covariance").value,
                    alpha_req(z, RANKS).value,
                )
            )
        scores[name] = np.array(rows)

    made, axes = figure(4, 3.4)
    places = np.arange(len(STEPS))
    for (name, found), colour in zip(scores.items(), (BLUE, ORANGE), strict=True):
        axes[0].plot(places, found[:, 0], "--", color=colour)
        axes[0].plot(places, found[:, 1], "-o", color=colour, markersize=3, label=name)
        for axis, column in ((axes[1], 2), (axes[2], 4)):
            axis.plot(places, found[:, column], "-o", color=colour, markersize=3)
            axis.plot(places, found[:, column + 1], ":", color=colour)
        axes[3].plot(places, found[:, 6], "-o", color=colour, markersize=3)
    twin = axes[3].twinx()
    twin.plot(places, scores["right labels"][:, 7], ":", color=GREEN)
    twin.set_ylabel("alpha, right labels (dotted)", color=GREEN)
    twin.spines["top"].set_visible(False)
    axes[2].axhline(np.log2(10), color=GREY, linewidth=0.8)
    axes[0].legend(frameon=False, fontsize="small", loc="upper left")
    titles = (
        "accuracy, new images (dashed: training)",
        "DSE, bits (dotted: own width)",
        "DSMI, bits (line: log2 10)",
        "RankMe of the covariance",
    )
    for axis, title in zip(axes, titles, strict=True):
        axis.set_xticks(places[::2], [str(s) for s in STEPS[::2]], fontsize="small")
        axis.set(xlabel="step")
        axis.set_title(title, fontsize="small", loc="left")

    header = (
        "labels",
        "step",
        "accuracy",
        "DSE, one width",
        "DSE, own width",
        "DSMI, one width",
        "DSMI, own width",
        "RankMe",
        "alpha",
    )
    shown = [
        (name, STEPS[i], f"{100 * found[i, 1]:.0f} %", *(float(v) for v in found[i, 2:]))
        for name, found in scores.items()
        for i in range(len(STEPS))
    ]
    right, wrong = scores.values()
    across = [float(np.corrcoef(right[:, 1], right[:, c])[0, 1]) for c in range(2, 8)]

    def way(values):
        return f"{values[0]:.2f} to {values[-1]:.2f}"

    text = f"""On 600 new images; accuracy on them.

{table(header, shown)}

- **With one width DSE goes from {way(right[:, 2])} bits and DSMI from {way(right[:, 4])}** with the right labels, over
  which accuracy goes from {100 * right[0, 1]:.0f} to {100 * right[-1, 1]:.0f} %. Correlations with accuracy over the
  steps: {across[0]:.2f} for DSE and {across[2]:.2f} for DSMI.
- **By a width that follows the activations**, DSE falls from {way(right[:, 3])} while DSMI still rises from
  {way(right[:, 5])}. The rise of DSE with one width is the growth of the activations.
- **Shuffled labels**: training accuracy reaches {100 * wrong[-1, 0]:.0f} %, accuracy on new images
  {100 * wrong[-1, 1]:.0f} %. With one width DSE rises here too, from {way(wrong[:, 2])}; DSMI ends at
  {wrong[-1, 4]:.2f} against {right[-1, 4]:.2f}, and by its own width falls from {way(wrong[:, 5])}. As published, it is
  DSMI that tells the runs apart.
- **RankMe** of the covariance goes from {way(right[:, 6])} dimensions with right labels and from {way(wrong[:, 6])}
  with shuffled ones; **alpha** from {way(right[:, 7])} and from {way(wrong[:, 7])}.

**Where it differs.** The paper's networks are convolutional and its kernel has the width 10. Both scores rise here as
published, but the entropy only with one width for all steps. RankMe falls and alpha leaves 1 with right labels, the
reverse of what they do in self-supervised training: a network that is taught ten classes ends with few directions, and
the one that memorises fills more. DSMI is a score of clusters and not information."""
    return text, made
