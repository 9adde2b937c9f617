"""The command `staycourse`: its verbs, and the one place where errors become a line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import click

from staycourse import __version__
from staycourse.cli.backup import backup_verb, restore_verb
from staycourse.cli.channels import channels_verb, templates_verb
from staycourse.cli.compacting import compact_verb
from staycourse.cli.demo import demo_verb
from staycourse.cli.doctor import doctor_verb
from staycourse.cli.events import events_verb
from staycourse.cli.export import export_verb
from staycourse.cli.inspect import churn_verb, learner_verb, risks_verb, signals_verb
from staycourse.cli.keys import keys_verb
from staycourse.cli.law import audit_verb, coupons_verb, erase_learner_verb, export_learner_verb
from staycourse.cli.load import import_verb
from staycourse.cli.lti import lti_verb
from staycourse.cli.nightly import backtest_verb, nightly_verb
from staycourse.cli.options import shared_options, terminal_language
from staycourse.cli.people import people_verb
from staycourse.cli.policy import policy_verb
from staycourse.cli.public import learner_link_verb, serve_public_verb
from staycourse.cli.review import review_verb
from staycourse.cli.serve import serve_verb
from staycourse.cli.serve_api import serve_api_verb
from staycourse.cli.simulate import simulate_verb
from staycourse.cli.ticking import tick_verb
from staycourse.cli.watch import watch_verb
from staycourse.cli.webhooks import webhooks_verb
from staycourse.kernel import StaycourseError, Translator, translator

VERBS = (
    demo_verb, compact_verb, serve_verb, import_verb, nightly_verb, tick_verb, risks_verb, learner_verb, churn_verb,
    backtest_verb, signals_verb, doctor_verb, policy_verb, channels_verb, templates_verb, simulate_verb,
    review_verb, export_learner_verb, erase_learner_verb, audit_verb, coupons_verb,
    people_verb, lti_verb, serve_public_verb, learner_link_verb, serve_api_verb, keys_verb, events_verb,
    webhooks_verb, export_verb, watch_verb, backup_verb, restore_verb,
)  # fmt: skip


def command(say: Translator) -> click.Group:
    """Build the command in one language."""

    @click.group("staycourse", help=say.text("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})
    @shared_options(say)
    @click.version_option(__version__, "--version", prog_name="staycourse", help=say.text("cli.option.version"))
    def staycourse() -> None:
        pass

    for build in VERBS:
        staycourse.add_command(build(say))
    return staycourse


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one verb. Exit 0: done; 1: a fault here; 2: what was asked for cannot be. Errors are one line on stderr."""
    say = translator(terminal_language())
    try:
        told = command(say).main(
            arguments, prog_name="staycourse", standalone_mode=False, auto_envvar_prefix="STAYCOURSE"
        )
        if isinstance(told, int):  # click hands an Exit's code back instead of raising it
            sys.exit(told)
    except click.ClickException as error:
        _stop(say, say.told(error.format_message()), 2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except StaycourseError as error:
        _stop(say, say.told(error.line()), error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (| head): nothing more to say, and nothing to complain of.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        hint = say.text("cli.error.disk_full") if error.errno == errno.ENOSPC else ""
        _stop(say, f"{error.filename or ''}: {say.told(error.strerror or str(error))} {hint}".strip(": "), 1)
    except Exception as error:
        if os.environ.get("STAYCOURSE_DEBUG"):
            raise
        _stop(say, say.text("cli.error.internal", kind=type(error).__name__, detail=str(error).split("\n")[0]), 1)


def _stop(say: Translator, line: str, code: int) -> None:
    click.echo(say.text("cli.error", line=" ".join(line.split())), err=True)
    sys.exit(code)
