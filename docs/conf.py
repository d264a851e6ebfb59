"""Sphinx configuration."""

from __future__ import annotations

from mitk import __version__

project = "mitk"
author = "The mitk developers"
release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinxcontrib.bibtex",
]
bibtex_bibfiles = ["references.bib"]
myst_enable_extensions = ["dollarmath"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "data/README.md", "coverage.md", "measures-table.md"]
html_theme = "pydata_sphinx_theme"
html_title = "mitk"
# What it would hold stands in the bar above, and it takes a third of the width that wide tables need.
html_sidebars = {"**": []}
html_static_path = ["static"]
html_css_files = ["wide.css"]
html_theme_options = {"show_prev_next": False, "navbar_align": "left"}
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_numpy_docstring = True
napoleon_use_rtype = False
# Types say shapes, which are not names to be looked up.
napoleon_use_param = False
napoleon_use_ivar = True
default_role = "code"
