"""Readable name -> configured estimator; a new line here brings every law and the torture table with it."""

from mitk import (
    CCA,
    DSMI,
    KDE,
    KSG,
    Anchored,
    Binning,
    Discrete,
    Gaussian,
    GaussianCopula,
    InfoNCE,
    MixedKSG,
    Protocol,
    ResidualEntropy,
    WassersteinDependency,
)

ESTIMATORS = {
    "gaussian": Gaussian,
    "cca": CCA,
    "copula": GaussianCopula,
    "discrete": Discrete,
    "discrete plug-in": lambda: Discrete(correction="plug-in"),
    "discrete grassberger": lambda: Discrete(correction="grassberger"),
    "discrete chao-shen": lambda: Discrete(correction="chao-shen"),
    "discrete nsb": lambda: Discrete(correction="nsb"),
    "discrete james-stein": lambda: Discrete(correction="james-stein"),
    "ksg": KSG,
    "ksg k=5": lambda: KSG(k=5),
    "ksg variant 2": lambda: KSG(variant=2),
    "ksg normal margins": lambda: KSG(margins="normal"),
    "ksg raw": lambda: KSG(margins="raw"),
    "ksg lnc": lambda: KSG(k=8, lnc=True),
    "mixed-ksg": MixedKSG,
    "mixed-ksg normal margins": lambda: MixedKSG(margins="normal"),
    "binning": Binning,
    "binning 5 bins": lambda: Binning(bins=5),
    "binning equal width": lambda: Binning(rule="equal-width"),
    "binning freedman-diaconis": lambda: Binning(rule="freedman-diaconis"),
    "binning uncorrected": lambda: Binning(correction="none"),
    "binning panzeri-treves": lambda: Binning(correction="panzeri-treves"),
    "binning shuffle": lambda: Binning(correction="shuffle"),
    "kde": KDE,
    "kde silverman": lambda: KDE(bandwidth="silverman"),
    "kde scott": lambda: KDE(bandwidth="scott"),
    "kde 0.3": lambda: KDE(bandwidth=0.3),
    "dsmi": DSMI,
    "dsmi standardized": lambda: DSMI(standardize=True, clusters=3, repeats=1),
    "residual entropy": ResidualEntropy,
}

QUICK = {"steps": 10, "width": 4, "embedding": 2, "depth": 1, "folds": 2, "batch": 16}
# These keep the fixed laws alone, in the slow tests: a program is compiled for every shape of the data, or many fits
# and many rows are needed for one answer.
FIXED = {
    "infonce": lambda: InfoNCE(**QUICK),
    "anchored": lambda: Anchored(**QUICK),
    "protocol copula": lambda: Protocol(estimator=GaussianCopula(), levels=5, permutations=2),
    "protocol ksg": lambda: Protocol(estimator=KSG(k=1), levels=5, permutations=0),
    "wasserstein": lambda: WassersteinDependency(fit_rows=60),
    "wasserstein exact": lambda: WassersteinDependency(method="exact", max_rows=60, nulls=1),
}
