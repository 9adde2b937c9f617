"""The command `staycourse`: built in one language, and the one place where errors become a line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import click

from staycourse import __version__
from staycourse.cli.helping import in_language
from staycourse.cli.options import shared_options, terminal_language
from staycourse.cli.refusing import refused
from staycourse.cli.telling import tell_fault
from staycourse.cli.verbs import Verbs
from staycourse.kernel import StaycourseError, Translator, translator


def command(say: Translator) -> click.Group:
    """Build the command in one language."""

    names = {"help_option_names": ["-h", "--help"]}

    @click.group("staycourse", cls=Verbs, help=say.text("cli.help"), context_settings=names)
    @shared_options(say)
    @click.version_option(__version__, "--version", prog_name="staycourse", help=say.text("cli.option.version"))
    def staycourse() -> None:
        pass

    staycourse.say = say
    in_language(staycourse, say)
    return staycourse


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one verb. Exit 0: done; 1: a fault here; 2: what was asked for cannot be. Errors are one line on stderr."""
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")  # asked when NumPy is loaded, by a verb; see decision 4
    say = translator(terminal_language())
    try:
        told = command(say).main(
            arguments, prog_name="staycourse", standalone_mode=False, auto_envvar_prefix="STAYCOURSE"
        )
        if isinstance(told, int):  # click hands an Exit's code back instead of raising it
            sys.exit(told)
    except click.ClickException as error:
        _stop(say, say.told(refused(error)), 2)
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
    tell_fault(say, " ".join(line.split()))
    sys.exit(code)
