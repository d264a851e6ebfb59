"""Readable name -> configured estimator, from the registry; every registered method needs an entry of options here.

A registered method without one fails a test, so a new method is held to every law of its tags.
"""

from functools import partial

from mitk import KSG, GaussianCopula
from mitk.registry import BUILT_IN, estimator_class

# Few steps of a small network: what the laws ask does not depend on how well it is trained.
STEPS = {"steps": 10, "folds": 2, "batch": 16}
NETWORK = {**STEPS, "width": 4, "depth": 1}
CRITIC = {**NETWORK, "embedding": 2}

# Name in the registry -> label of a configuration -> its options; "" is the method as it comes, if that is quick.
OPTIONS = {
    "auto": {"quick": {"effort": "quick"}},
    "gaussian": {"": {}},
    "cca": {"": {}},
    "copula": {"": {}},
    "discrete": {
        "": {},
        **{
            correction: {"correction": correction}
            for correction in ("plug-in", "grassberger", "chao-shen", "nsb", "james-stein")
        },
    },
    "classifier": {"": {}},
    "ksg": {
        "": {},
        "k=5": {"k": 5},
        "variant 2": {"variant": 2},
        "normal margins": {"margins": "normal"},
        "raw": {"margins": "raw"},
        "lnc": {"k": 8, "lnc": True},
    },
    "screen": {"": {}},
    "mixed-ksg": {"": {}, "normal margins": {"margins": "normal"}},
    "binning": {
        "": {},
        "5 bins": {"bins": 5},
        "equal width": {"rule": "equal-width"},
        "freedman-diaconis": {"rule": "freedman-diaconis"},
        "uncorrected": {"correction": "none"},
        "panzeri-treves": {"correction": "panzeri-treves"},
        "shuffle": {"correction": "shuffle"},
    },
    "kde": {
        "": {},
        "silverman": {"bandwidth": "silverman"},
        "scott": {"bandwidth": "scott"},
        "0.3": {"bandwidth": 0.3},
    },
    "dsmi": {"": {}, "standardized": {"standardize": True, "clusters": 3, "repeats": 1}},
    "residual-entropy": {"": {}},
    "mist": {"": {}},
    "sliced-mi": {"": {"slices": 2}, "max": {"form": "max", "slices": 4}},
    "anchored": {"": CRITIC},
    "infonce": {"": CRITIC},
    "dv": {"": CRITIC},
    "mine": {"": CRITIC},
    "nwj": {"": CRITIC},
    "js": {"": CRITIC},
    "smile": {"": CRITIC},
    "tuba": {"": CRITIC},
    "flo": {"": CRITIC},
    "fdime": {"": CRITIC},
    "tre": {"": {**CRITIC, "bridges": 2}},
    "fmmi": {"": {**NETWORK, "draws": 4}},
    "minde": {"": {**NETWORK, "draws": 4}},
    "lmi": {"": {**NETWORK, "embedding": 1}},
    "doe": {"": {**NETWORK, "blocks": 1, "bins": 4}},
    "club": {"": {**NETWORK, "blocks": 1, "bins": 4}},
    "njee": {"": NETWORK},
    "protocol": {
        "copula": {"estimator": GaussianCopula(), "levels": 5, "permutations": 2},
        "ksg": {"estimator": KSG(k=1), "levels": 5, "permutations": 0},
    },
    "wasserstein": {"": {"fit_rows": 60}, "exact": {"method": "exact", "max_rows": 60, "nulls": 1}},
}
# A program is compiled for every shape of the data, or many fits and many rows are needed for one answer: these are
# held to the laws on fixed data alone, in the slow tests.
SLOW = {name for name in BUILT_IN if name in OPTIONS and any("steps" in options for options in OPTIONS[name].values())}
SLOW |= {"protocol", "wasserstein", "sliced-mi"}

CONFIGURED = {
    f"{name} {label}".strip(): (name, partial(estimator_class(name), **options))
    for name in BUILT_IN
    for label, options in OPTIONS.get(name, {}).items()
}
ESTIMATORS = {label: make for label, (name, make) in CONFIGURED.items() if name not in SLOW}
FIXED = {label: make for label, (name, make) in CONFIGURED.items() if name in SLOW}
