"""# Many columns: which of them tell something

Rank the measurements of a table by what they tell about a condition, with an interval and a q-value each; see which
measurements say the same; and keep the edges of a network that no third column explains. The data come with
scikit-learn: measurements of tumours and their diagnosis, analyses of wines of three growers, and pixels of handwritten
digits.

**What is known**: in the tumour data the size of the nuclei (radius, perimeter, area, which follow from each other) and
the concave parts of their outlines separate the diagnoses; in the wines flavanoids and proline separate the growers;
and pixels in the corners of digits are nearly always white.
"""

import warnings

import numpy as np
from common import BLUE, GREY, digits, figure, table
from sklearn.datasets import load_breast_cancer, load_wine

from mitk import MITKWarning, pairwise

SHOWN = 8


def tumours():
    """Measurements of tumours by name, and their diagnosis."""
    data = load_breast_cancer()
    return dict(zip(data.feature_names, data.data.T, strict=True)), np.where(data.target == 1, "benign", "malignant")


def ranked(result):
    """Places of the pairs of a result, the strongest first."""
    return np.argsort(-result.answers.value, kind="stable")


def lines(result):
    """Rows of a table of the strongest."""
    answers = result.answers
    return [
        (
            result.names[answers.x[k]],
            f"{answers.value[k]:.3f} [{answers.low[k]:.3f}, {answers.high[k]:.3f}]",
            f"{result.q_values[k]:.1g}",
            answers.status[k],
        )
        for k in ranked(result)[:SHOWN]
    ]


def run():
    warnings.simplefilter("ignore", MITKWarning)
    measured, diagnosis = tumours()
    # The files stand in the order of the labels, which is no series.
    by_diagnosis = pairwise(measured, targets=diagnosis, block=1)
    among = pairwise(measured, block=1)
    network = among.network()
    wine = load_wine()
    growers = wine.target.astype(str)
    by_grower = pairwise(dict(zip(wine.feature_names, wine.data.T, strict=True)), targets=growers, block=1)
    images, digit = digits()
    pixels = pairwise({f"pixel {k}": images[:, k] for k in range(64) if np.ptp(images[:, k]) > 0.0},
                      targets=digit.astype(str), block=1)  # fmt: skip
    picture = np.zeros(64)
    for k in range(len(pixels.answers)):
        picture[int(pixels.names[pixels.answers.x[k]].split()[1])] = max(pixels.answers.value[k], 0.0)

    made, (left, middle, right) = figure(3, 3.8)
    order = ranked(by_diagnosis)[:12][::-1]
    places = np.arange(len(order))
    found = by_diagnosis.q_values[order] <= 0.05
    left.barh(places, by_diagnosis.answers.value[order], color=np.where(found, BLUE, GREY), height=0.7)
    left.hlines(places, by_diagnosis.answers.low[order], by_diagnosis.answers.high[order], color="black", linewidth=1)
    left.set_yticks(places, [by_diagnosis.names[by_diagnosis.answers.x[k]] for k in order], fontsize="small")
    left.set(xlabel="nats shared with the diagnosis")
    among.plot(ax=middle, of="correlation")
    middle.set(xticks=[], yticks=[], title="measurements of tumours, among each other")
    image = right.imshow(picture.reshape(8, 8), cmap="Blues", vmin=0.0)
    right.set(xticks=[], yticks=[], title="what a pixel tells about the digit")
    made.colorbar(image, ax=right, label="nats", shrink=0.8)

    counts = by_diagnosis.counts()
    finds = int((by_diagnosis.q_values <= 0.05).sum())
    header = ("column", "nats", "q", "status")
    near = ", ".join(network.neighbors("mean radius"))
    share, tell = int((among.q_values <= 0.05).sum()), int((pixels.q_values <= 0.05).sum())
    text = f"""Of {by_diagnosis.n_pairs} measurements of tumours {finds} tell something about the diagnosis
(q up to 0.05; {counts["UNRELIABLE"]} are UNRELIABLE). The strongest:

{table(header, lines(by_diagnosis))}

Of {among.n_pairs} pairs of measurements {share} share something; the network keeps {len(network)} edges and leaves out
{network.pruned} that a third measurement explains. The neighbours of mean radius in it are {near}.

Of the wines, what tells most about the grower:

{table(header, lines(by_grower))}

Of {pixels.n_pairs} pixels that are not the same in all digits {tell} tell something about the digit."""
    return text, made
