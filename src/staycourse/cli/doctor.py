"""`staycourse doctor`: is this home well?"""

from __future__ import annotations

import sys

import click

from staycourse.app.homes import open_home
from staycourse.app.nights import Finding, examine
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import show_json, show_table
from staycourse.kernel import HomeInUse, Settings, Translator


def doctor_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "doctor")
    def run(shared: Shared) -> None:
        findings = _examined(shared.settings())
        if shared.json:
            show_json(findings)
        else:
            show_table(
                [say.text(f"cli.doctor.{name}") for name in ("check", "state", "detail")],
                [
                    [
                        say.text(f"cli.doctor.check.{found.check}"),
                        say.text(f"cli.doctor.{found.state}"),
                        say.told(found.detail),
                    ]
                    for found in findings
                ],
            )
        if any(found.state == "bad" for found in findings):
            sys.exit(1)

    return run


def _examined(settings: Settings) -> list[Finding]:
    """Look at the home alone if that can be had, else beside the process that writes it."""
    try:
        with open_home(settings, writing=True, begun=True) as home:
            return examine(home)
    except HomeInUse:
        with open_home(settings, writing=False) as home:
            return examine(home)
