"""python -m staycourse."""

from staycourse.cli import main

main()
