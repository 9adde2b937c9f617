"""The command line: one verb per thing an operator does."""

from staycourse.cli.main import main

__all__ = ["main"]
