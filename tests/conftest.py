"""Settings every test shares."""

import os

from hypothesis import settings

settings.register_profile("ci", deadline=None, max_examples=25, derandomize=True, database=None)
settings.register_profile("long", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Programs run for a moment here: most of their time is compilation, which this halves. Before JAX is imported.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
