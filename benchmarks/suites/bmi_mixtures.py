"""The thirteen mixtures of the second BMI benchmark (Czyż et al. 2025)."""

from __future__ import annotations

from benchmarks.suites import bmi

SUITE = bmi.suite("bmi-mixtures", "mixtures", "X, AI, waves, galaxy, concentric and inlier mixtures")
