"""Every method by name, found without importing it; plug-ins join through the entry-point group."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from mitk.errors import MITKError, ParameterError, UnknownMethodError, sentence

if TYPE_CHECKING:
    from mitk.estimator import Estimator

GROUP = "mitk.estimators"

# name -> (module:Class, what it is for)
BUILT_IN: dict[str, tuple[str, str]] = {
    "auto": ("mitk.auto.estimator:Auto", "the default: several readings of any data, combined"),
    "ksg": ("mitk.classical.neighbors:KSG", "continuous columns, few dimensions; nearest neighbours"),
    "mixed-ksg": (
        "mitk.classical.neighbors:MixedKSG",
        "any mix of discrete and continuous; nearest neighbours",
    ),
    "binning": ("mitk.classical.binning:Binning", "histograms with bias corrections"),
    "discrete": (
        "mitk.classical.discrete:Discrete",
        "discrete columns and contingency tables; six estimators",
    ),
    "gaussian": ("mitk.classical.gaussian:Gaussian", "jointly Gaussian columns; exact bias correction"),
    "cca": ("mitk.classical.gaussian:CCA", "jointly Gaussian columns, with canonical correlations"),
    "copula": ("mitk.classical.gaussian:GaussianCopula", "monotone dependence, any margins, many dimensions"),
    "screen": (
        "mitk.classical.screen:Screen",
        "any data, many times: neighbours or the table, beside the copula; milliseconds",
    ),
    "mist": (
        "mitk.learned.mist:MIST",
        "continuous columns, few rows; a pretrained network with calibrated intervals",
    ),
    "dsmi": (
        "mitk.spectral.information:DSMI",
        "a score, not information: how well labels tell clusters of x apart",
    ),
    "residual-entropy": (
        "mitk.classical.residual.residual_entropy:ResidualEntropy",
        "large information: one side a noisy smooth function of the other; many columns",
    ),
    "anchored": (
        "mitk.variational.anchored:Anchored",
        "any dependence, many columns; a critic that starts at the Gaussian copula",
    ),
    "infonce": (
        "mitk.variational.bounds:InfoNCE",
        "any dependence up to the logarithm of the held-out rows; a trained critic",
    ),
    "dv": ("mitk.variational.bounds:DV", "as infonce without its ceiling, at a larger variance; a trained critic"),
    "mine": ("mitk.variational.bounds:MINE", "dv with the corrected gradient of its paper; a trained critic"),
    "nwj": ("mitk.variational.bounds:NWJ", "unbiased on minibatches, large variance; a trained critic"),
    "js": ("mitk.variational.bounds:JS", "a log density ratio trained as a classifier, read as dv"),
    "smile": ("mitk.variational.bounds:SMILE", "2 to 10 nats from thousands of rows; no bound; a trained critic"),
    "tuba": ("mitk.variational.bounds:TUBA", "nwj with a learned baseline; a trained critic"),
    "flo": ("mitk.variational.bounds:FLO", "a contrast with a learned normaliser; a trained critic"),
    "fdime": ("mitk.variational.bounds:FDIME", "a discriminator's log ratio, averaged; no bound; a trained critic"),
    "tre": ("mitk.variational.bridges:TRE", "large values; a chain of density ratios between neighbours"),
    "fmmi": ("mitk.variational.flow_matching:FMMI", "large values, no ceiling; the divergence of a trained flow"),
    "minde": ("mitk.variational.diffusion:MINDE", "large values, no ceiling; the gap between two denoisers"),
    "lmi": (
        "mitk.variational.latent:LMI",
        "hundreds of columns that share few dimensions; neighbours in learned codes",
    ),
    "sliced-mi": ("mitk.classical.sliced:SlicedMI", "a score, not information: projections of many columns"),
    "doe": (
        "mitk.variational.doe:DoE",
        "large values and many columns, no ceiling; difference of entropies by trained densities",
    ),
    "club": (
        "mitk.variational.doe:CLUB",
        "an upper bound if its density is good; for making information small, not for measuring it",
    ),
    "classifier": (
        "mitk.classical.classifier:Classifier",
        "labels against anything, many columns too; classifiers' held-out log loss, a lower bound",
    ),
    "njee": (
        "mitk.variational.njee:NJEE",
        "labels y, many of them or many columns, from any x; classifiers, no table",
    ),
    "protocol": (
        "mitk.api.protocol:Protocol",
        "any estimator put to the test: extrapolated to infinite n, swept, restarted, refused",
    ),
    "wasserstein": (
        "mitk.variational.wasserstein:WassersteinDependency",
        "a score, not information: the transport distance from independence, in units of the data",
    ),
    "kde": ("mitk.classical.kernel:KDE", "smooth densities in few dimensions; Gaussian kernels"),
}


@dataclass(frozen=True)
class Method:
    """A line of `methods()`.

    Attributes
    ----------
    name : str
        What ``estimate(..., method=name)`` takes.
    summary : str
        What it is for.
    target : str
        "module:Class".
    source : {"mitk", ...}
        "mitk", or the distribution that plugs it in.
    error : str
        Why a plug-in cannot be used; empty when it can.
    """

    name: str
    summary: str
    target: str
    source: str = "mitk"
    error: str = ""


def methods() -> list[Method]:
    """List every method with what it is for, plug-ins included; imports no built-in estimator.

    Examples
    --------
    >>> [m.name for m in methods()][:2]
    ['auto', 'ksg']
    """
    listed = [Method(name, summary, target) for name, (target, summary) in BUILT_IN.items()]
    for point in _plug_ins():
        source = point.dist.name if point.dist else "unknown"
        if point.name in BUILT_IN:
            listed.append(Method(point.name, "", point.value, source, "the name belongs to a built-in method"))
            continue
        try:
            estimator = _load(point.value, point.name)()
            listed.append(Method(point.name, estimator.tags.summary, point.value, source))
        except Exception as error:  # A broken plug-in is shown with its reason, whatever that is.
            listed.append(Method(point.name, "", point.value, source, f"{type(error).__name__}: {error}"))
    return listed


def estimator_class(name: str) -> type[Estimator]:
    """The class registered under `name`.

    Raises
    ------
    UnknownMethodError
        With the nearest names.
    """
    if isinstance(name, str) and name in BUILT_IN:
        return _load(BUILT_IN[name][0], name)
    for point in _plug_ins():
        if point.name == name:
            return _load(point.value, name)
    known = [*BUILT_IN, *(p.name for p in _plug_ins())]
    near = difflib.get_close_matches(str(name).lower(), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known methods: {', '.join(known)}"
    raise UnknownMethodError(sentence("method", "must be a known name or an Estimator", repr(name), hint.rstrip("?")))


def methods_with(tag: str) -> list[str]:
    """Names of the built-in methods whose tag of that name is set; imports them all."""
    return [name for name in BUILT_IN if getattr(estimator_class(name)().tags, tag)]


def make_estimator(name: str, hyperparameters: dict[str, Any]) -> Estimator:
    """Configure the estimator registered under `name`; a wrong hyperparameter name is one clear error."""
    from dataclasses import fields

    kind = estimator_class(name)
    allowed = [f.name for f in fields(kind) if f.init]
    for given in hyperparameters:
        if given not in allowed:
            near = difflib.get_close_matches(given, allowed, n=1)
            hint = f"did you mean {near[0]!r}" if near else f"it has {', '.join(allowed)}"
            raise ParameterError(sentence(given, f"must be an option of {kind.__name__} or of fit", "neither", hint))
    return kind(**hyperparameters)


def _plug_ins() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


def _load(target: str, name: str) -> type[Estimator]:
    from mitk.estimator import Estimator

    module, _, attribute = target.partition(":")
    kind = getattr(importlib.import_module(module), attribute)
    if not (isinstance(kind, type) and issubclass(kind, Estimator)):
        raise MITKError(sentence(name, "must name a subclass of mitk.Estimator", repr(kind)))
    return kind
