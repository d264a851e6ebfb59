"""Tests of conditional independence for packages of causal discovery: causal-learn, tigramite and pgmpy.

Each module has one function, `mutual_information_test`, that gives what its package takes as a test; the packages are
imported when it is called.
"""
