"""Entropy of discrete samples from counts, in nats: six estimators."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import digamma, gammaln, polygamma


def plug_in(counts: np.ndarray, levels: int) -> float:
    """-sum p ln p at p = counts / n. Biased down by about (levels - 1) / 2n."""
    p = counts / counts.sum()
    return float(-(p * np.log(p)).sum())


def miller_madow(counts: np.ndarray, levels: int) -> float:
    """Plug-in plus (observed levels - 1) / 2n (Miller 1955)."""
    return plug_in(counts, levels) + (len(counts) - 1) / (2.0 * float(counts.sum()))


def grassberger(counts: np.ndarray, levels: int) -> float:
    """Psi(n) - 1/n sum c G(c), G(c) = psi(c) + (-1)^c [psi((c+1)/2) - psi(c/2)] / 2 (Grassberger 2003).

    His ln n is for Poisson counts; psi(n) is for n rows, and makes the mean exact for two even levels.
    """
    n = counts.sum()
    sign = np.where(counts % 2 == 0, 1.0, -1.0)
    g = digamma(counts) + 0.5 * sign * (digamma((counts + 1) / 2.0) - digamma(counts / 2.0))
    return float(digamma(n) - (counts * g).sum() / n)


def chao_shen(counts: np.ndarray, levels: int) -> float:
    """Coverage-adjusted Horvitz-Thompson: -sum q ln q / (1 - (1-q)^n), q = (1 - f1/n) p (Chao and Shen 2003).

    With only singletons the coverage would be 0; one of them is then counted as seen twice.
    """
    n = counts.sum()
    singles = int((counts == 1).sum())
    coverage = 1.0 - min(singles, n - 1) / n
    q = coverage * counts / n
    seen = -np.expm1(n * np.log1p(-np.minimum(q, 1.0 - 1e-16)))
    return float(-(q * np.log(q) / seen).sum())


def james_stein(counts: np.ndarray, levels: int) -> float:
    """Plug-in of p shrunken towards 1 / levels with the intensity of Hausser and Strimmer (2009)."""
    shrunken, empty, each = james_stein_cells(counts, levels)
    rest = -empty * each * np.log(each) if empty and each > 0 else 0.0
    kept = shrunken[shrunken > 0]
    return float(-(kept * np.log(kept)).sum() + rest)


def james_stein_cells(counts: np.ndarray, levels: int) -> tuple[np.ndarray, int, float]:
    """Shrunken probabilities of observed cells, the number of empty cells, and the probability of each of those."""
    n = counts.sum()
    p = counts / n
    empty = levels - len(counts)
    distance = float(((p - 1.0 / levels) ** 2).sum()) + empty / levels**2
    intensity = 1.0 if n <= 1 or distance == 0.0 else min(1.0, (1.0 - float((p**2).sum())) / ((n - 1) * distance))
    return (1.0 - intensity) * p + intensity / levels, empty, intensity / levels


def nsb(counts: np.ndarray, levels: int) -> float:
    """Posterior mean entropy under the near-uniform entropy prior of Nemenman, Shafee and Bialek (2002).

    Dirichlet(beta) priors are mixed with weight d xi / d beta, xi(beta) = psi(K beta + 1) - psi(beta + 1), the
    prior mean entropy; K is `levels`. The integral over ln beta is a sum on a grid centred where the integrand
    is largest.
    """
    if levels == 1:
        return 0.0
    n = float(counts.sum())
    unique, multiplicity = np.unique(counts, return_counts=True)
    empty = levels - len(counts)
    log_beta = np.linspace(np.log(1e-8 / levels), np.log(1e6), 400)
    for _ in range(2):
        weight = _nsb_log_weight(log_beta, unique, multiplicity, n, levels)
        weight -= weight.max()
        inside = log_beta[weight > -40.0]
        step = log_beta[1] - log_beta[0]
        log_beta = np.linspace(inside[0] - step, inside[-1] + step, 400)
    log_weight = _nsb_log_weight(log_beta, unique, multiplicity, n, levels)
    weight = np.exp(log_weight - log_weight.max())
    beta = np.exp(log_beta)[:, None]
    total = n + levels * beta
    cells = multiplicity * (unique + beta) / total * digamma(unique + beta + 1.0)
    mean = digamma(total + 1.0)[:, 0] - cells.sum(axis=1)
    mean -= (empty * beta / total * digamma(beta + 1.0))[:, 0]
    return float((weight * mean).sum() / weight.sum())


def _nsb_log_weight(
    log_beta: np.ndarray, unique: np.ndarray, multiplicity: np.ndarray, n: float, levels: int
) -> np.ndarray:
    beta = np.exp(log_beta)
    evidence = gammaln(levels * beta) - gammaln(n + levels * beta)
    evidence += (multiplicity * (gammaln(unique + beta[:, None]) - gammaln(beta)[:, None])).sum(axis=1)
    slope = levels * polygamma(1, levels * beta + 1.0) - polygamma(1, beta + 1.0)
    # The last term is the Jacobian of integrating over ln beta.
    return evidence + np.log(np.maximum(slope, 1e-300)) + log_beta


ENTROPIES: dict[str, Callable[[np.ndarray, int], float]] = {
    "plug-in": plug_in,
    "miller-madow": miller_madow,
    "grassberger": grassberger,
    "chao-shen": chao_shen,
    "nsb": nsb,
    "james-stein": james_stein,
}
