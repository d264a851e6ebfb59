"""The forty tasks of the BMI benchmark (Czyż et al. 2023)."""

from __future__ import annotations

from benchmarks.suites import bmi

SUITE = bmi.suite("bmi40", "bmi40", "the forty BMI tasks: normal, Student, uniform, and maps of them")
