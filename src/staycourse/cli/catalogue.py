"""`staycourse signals`: what is measured, in words. It needs no home."""

from __future__ import annotations

import click

from staycourse.cli.options import Shared, verb
from staycourse.cli.show import show_json, show_table
from staycourse.kernel import Translator
from staycourse.signals import CATALOGUE


def signals_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "signals")
    def run(shared: Shared) -> None:
        rows = [
            {
                "signal": signal.name,
                "name": say.text(f"signal.{signal.name}.name"),
                "category": signal.category,
                "cause": signal.cause,
                "meaning": say.text(f"signal.{signal.name}.explain"),
            }
            for signal in CATALOGUE
        ]
        if shared.json:
            show_json(rows)
            return
        show_table(
            [say.text(f"cli.signals.{name}") for name in ("signal", "name", "category", "meaning")],
            [[row["signal"], row["name"], say.text(f"category.{row['category']}"), row["meaning"]] for row in rows],
        )

    return run
