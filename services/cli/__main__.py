"""`python -m services.cli`: the same command, for processes that start others."""

from services.cli import main

main()
