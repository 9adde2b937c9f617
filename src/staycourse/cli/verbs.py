"""Every verb and where it is built. Its file is loaded when it is called: `staycourse keys` needs no engine."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click
from click.exceptions import NoSuchCommand

from staycourse.cli.helping import in_language
from staycourse.kernel import Translator

VERBS: Final[dict[str, str]] = {
    "demo": "demo:demo_verb", "import": "load:import_verb", "watch": "watch:watch_verb",
    "compact": "compacting:compact_verb", "nightly": "nightly:nightly_verb", "tick": "ticking:tick_verb",
    "risks": "inspect:risks_verb", "learner": "inspect:learner_verb", "churn-definition": "inspect:churn_verb",
    "signals": "catalogue:signals_verb", "backtest": "nightly:backtest_verb", "review": "review:review_verb",
    "policy": "policy:policy_verb", "channels": "channels:channels_verb", "templates": "channels:templates_verb",
    "simulate": "simulate:simulate_verb", "doctor": "doctor:doctor_verb", "events": "events:events_verb",
    "serve": "serve:serve_verb", "serve-api": "serve_api:serve_api_verb", "serve-public": "public:serve_public_verb",
    "learner-link": "public:learner_link_verb", "people": "people:people_verb", "lti": "lti:lti_verb",
    "keys": "keys:keys_verb", "webhooks": "webhooks:webhooks_verb", "export": "export:export_verb",
    "export-learner": "law:export_learner_verb", "erase-learner": "law:erase_learner_verb", "audit": "law:audit_verb",
    "coupons": "law:coupons_verb", "backup": "backup:backup_verb", "restore": "backup:restore_verb",
}  # fmt: skip
"""Each verb's file in this room, and the function there that builds it in one language."""


class Verbs(click.Group):
    """A group that builds the verb that is called, and lists all by what the catalogue says of them."""

    say: Translator

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return built(cmd_name, self.say) if cmd_name in VERBS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:  # click looks for what is alike among the verbs that are built
            raise NoSuchCommand(error.command_name, possibilities=VERBS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.say.text(f"cli.{text_key(name)}.short")) for name in sorted(VERBS)])


def built(name: str, say: Translator) -> click.Command:
    """Return a verb, built in one language."""
    module, _, builder = VERBS[name].partition(":")
    command: click.Command = getattr(import_module(f"staycourse.cli.{module}"), builder)(say)
    return in_language(command, say)


def text_key(name: str) -> str:
    """Return the part of a verb's texts' keys that names it."""
    return name.replace("-", "_")
