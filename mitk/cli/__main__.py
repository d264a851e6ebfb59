"""`python -m mitk.cli` is the command `mitk`."""

from mitk.cli import main

main()
