"""Settings every test shares."""

import atexit
import gc
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# Workers are as many as cores: linear algebra with threads of its own waits for the others', three times as long.
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")

settings.register_profile("ci", deadline=None, max_examples=25, derandomize=True, database=None)
settings.register_profile("long", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Programs run for a moment here: most of their time is compilation, a third of it so. Before JAX is imported.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false")

# What one worker or command compiles, the others read, for as long as the tests run.
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    compiled = tempfile.mkdtemp(prefix="mitk-tests-")
    atexit.register(shutil.rmtree, compiled, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = compiled
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

# Folders and files whose tests train networks, run commands, ask every method or repeat much: none of them is fast.
LONG = re.compile(
    "auto|benchmarks|network|prior|smooth|training|variational|test_(adapters|approximations|classifier|cli|cli_files|cluster|"
    "compare|compiled|condition|conditional_families|conditional_test|contract|counts|divergences|docs|"
    "elliptical_laws|entropy_of_samples|fuzz|gaussian|given|gradients|import|inference|kernels|ksg|laws|many_gaussian|"
    "many_pairs|mixture_laws|neighbors|noisy_laws|normalized_mi|pairwise|pairwise_given|permutation|population|"
    "protocol|remedies|residual_entropy|screened_test|second_opinion|sources|table_intervals|torture)"
)


def pytest_configure(config):
    """Give files to workers in their order; by number of tests, as xdist would, a long file of few tests comes last."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False
    # Tracing makes many objects that live; looking through all of them again and again is a seventh of the time.
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish():
    """Leave thousands of collected tests out of what is searched for garbage."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark as fast what is not slow and not in a long file; a test of a long file may say that it is fast."""
    for item in items:
        place = Path(item.nodeid.split("::")[0]).with_suffix("").parts
        if not any(map(LONG.fullmatch, place)) and item.get_closest_marker("slow") is None:
            item.add_marker("fast")


@pytest.fixture
def run(capsys):
    """Run `mitk` with arguments; gives exit code, stdout and stderr."""
    from mitk.cli import main  # not before JAX has its flags

    def go(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return go
