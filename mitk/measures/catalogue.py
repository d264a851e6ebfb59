"""What kind of number each measure is; results and docs read it here, nothing repeats it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MeasureKind = Literal["estimate", "lower", "upper", "score", "loss"]


@dataclass(frozen=True)
class Measure:
    """One line of `measures()`.

    Attributes
    ----------
    name : str
        The function in `mitk.measures`.
    kind : {"estimate", "lower", "upper", "score", "loss"}
        "estimate", "lower" and "upper" aim at mutual information or a bound of it; a "score" is a number of its own,
        never ranked with information; a "loss" is for training, and its value means little.
    unit : str
        What it is returned in by default.
    ceiling : str
        The largest value it can return; "none" where there is no such limit.
    formula : str
    source : str
        Key in `docs/references.bib`.
    option : str
        The option that makes it this kind, where a function has two.
    """

    name: str
    kind: MeasureKind
    unit: str
    ceiling: str
    formula: str
    source: str
    option: str = ""


_MEASURES = (
    Measure(
        "channel_mi",
        "lower",
        "nats",
        "ln N, N contexts",
        "mean ln p(z|x) - ln 1/N sum_l p(z|x_l)",
        "he2025",
    ),
    Measure(
        "channel_mi",
        "upper",
        "nats",
        "none",
        "mean ln p(z|x) - ln 1/(N-1) sum_{l != own} p(z|x_l)",
        "he2025",
        "include_self=False",
    ),
    Measure("rate_per_token", "score", "nats per token", "that of the value", "I / L", "he2025"),
    Measure("vae_rate", "upper", "nats", "none", "mean KL(q(z|x) || p(z))", "battenberg2019"),
    Measure(
        "hierarchical_rate",
        "upper",
        "nats",
        "none",
        "R_H = mean KL(q(z_H|z_L) || p(z_H)); R_H + mean ln q(z_L|x) / p(z_L|z_H)",
        "battenberg2019",
    ),
    Measure(
        "aggregate_kl_gap",
        "upper",
        "nats",
        "none",
        "rate - mean ln q(z|x) / mean_l q(z|x_l)",
        "battenberg2019",
    ),
    Measure("decoder_mi", "lower", "nats", "H(Y)", "H(Y) + mean ln q(y|z)", "barber2003"),
    Measure("pmi", "score", "nats", "-ln p(y)", "ln p(y|x) - ln p(y)", "church1990"),
    Measure("npmi", "score", "none", "1", "pmi / -ln p(x, y)", "bouma2009"),
    Measure("lambda_pmi", "score", "nats", "none", "ln p(d|E) - lambda ln p(d)", "hernandez2022"),
    Measure("pmi_table", "score", "nats", "none", "ln n n_ij / n_i n_j", "church1990"),
    Measure("npmi_table", "score", "none", "1", "pmi / -ln p_ij", "bouma2009"),
    Measure("ppmi_table", "score", "nats", "none", "max(pmi - shift, 0)", "levy2014"),
    Measure(
        "clustering_complexity",
        "score",
        "bits",
        "log2 of the clusters",
        "log2 n - 1/n sum_c n_c log2 n_c",
        "shani2025",
    ),
    Measure(
        "clustering_distortion",
        "score",
        "squared units of the points",
        "their total variance",
        "1/n sum_c sum_{i in c} |e_i - mean_c|^2",
        "shani2025",
    ),
    Measure("clustering_objective", "score", "bits", "none", "complexity + beta distortion", "shani2025"),
    Measure("adjusted_mi", "score", "none", "1", "(I - E I) / (mean(H_a, H_b) - E I)", "vinh2010"),
    Measure("variation_of_information", "score", "bits", "log2 n", "H(A|B) + H(B|A)", "meila2007"),
    Measure("kde_mi", "estimate", "nats", "none", "H(x) + H(y) - H(x, y) by kernel densities", "louiset2024"),
    Measure(
        "kde_mi",
        "estimate",
        "nats",
        "ln n",
        "the same with each row in its own density",
        "louiset2024",
        "leave_one_out=False",
    ),
    Measure("kde_mi_value", "loss", "nats", "none; ln n with the self term", "kde_mi, differentiable", "louiset2024"),
    Measure("alignment", "loss", "none", "none", "mean |u - v|^2 / 2 tau", "wang2020"),
    Measure("uniformity", "loss", "nats", "0", "ln mean_{i<j} exp(-|z_i - z_j|^2 / 2 tau)", "wang2020"),
    Measure("k_jem", "loss", "nats", "0", "mean_i ln mean_j k(s_i, s_j) k(c_i, c_j)", "louiset2024"),
    Measure(
        "multi_positive_info_nce",
        "loss",
        "nats",
        "none",
        "-mean ln sum_pos e^f / (sum_pos e^f + sum_neg e^f)",
        "koopman2025",
    ),
    Measure(
        "temporal_info_nce",
        "loss",
        "nats",
        "none",
        "the same with cosines, positives at most k steps away",
        "koopman2025",
    ),
    Measure("mim", "loss", "nats", "none", "-1/2 mean [ln p(x|z) + ln p(z) + ln q(z|x) + ln q(x)]", "livne2019"),
    Measure(
        "cmim",
        "loss",
        "nats",
        "none",
        "mim - mean ln [e^{1/tau} / (e^{1/tau} + mean_j e^{cos/tau})]",
        "livne2025",
    ),
    Measure("gaussian_rate", "loss", "nats", "none", "KL(q(z|x) || p(z)) of each row", "battenberg2019"),
    Measure("bottleneck_lagrangian", "loss", "nats", "none", "mean rate - beta mean ln q(y|z)", "xiao2024"),
    Measure(
        "pairwise_mi",
        "lower",
        "nats",
        "none",
        "-1/2 ln(1 - rho^2) of normal scores, less bias",
        "li2016",
    ),
    Measure(
        "pairwise_mi",
        "lower",
        "nats",
        "ln of the bins",
        "sum p ln(p / p_x p_y) of equal-mass bins, less bias",
        "li2016",
        'method="binning"',
    ),
)


def measures() -> tuple[Measure, ...]:
    """List every measure with its kind, unit, ceiling, formula and source; imports none of them.

    Examples
    --------
    >>> [m.kind for m in measures() if m.name == "channel_mi"]
    ['lower', 'upper']
    """
    return _MEASURES


def measure(name: str, option: str = "") -> Measure:
    """The line of a measure, in the variant that `option` names."""
    return next(line for line in _MEASURES if line.name == name and line.option == option)
