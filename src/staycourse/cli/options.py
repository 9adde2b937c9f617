"""What every verb shares: --home, --tenant and --json (before or after the verb), one-line errors, exit codes."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from staycourse.kernel import LANGUAGES, Settings, Translator, preferred_language, read_settings, translator

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class Shared:
    """What was given of the shared options, wherever it stood."""

    home: Path | None = None
    tenant: str | None = None
    json: bool = False
    say: Translator = field(default_factory=lambda: translator("en"))

    def settings(self) -> Settings:
        """Return the checked settings: the environment with the command line laid over it."""
        return read_settings(os.environ, home=self.home, tenant=self.tenant)


def shared_options(say: Translator) -> Callable[[Function], Function]:
    """Add --home, --tenant and --json to a group or verb; what was given last holds."""

    def keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
        def callback(context: click.Context, _parameter: click.Parameter, given: Any) -> None:
            if given not in (None, False):
                setattr(shared_of(context), name, given)

        return callback

    def decorate(function: Function) -> Function:
        for name, kind, extra in (
            ("json", None, {"is_flag": True, "envvar": "STAYCOURSE_JSON"}),
            ("tenant", str, {"metavar": "T"}),
            ("home", click.Path(path_type=Path, file_okay=True), {"metavar": "DIR"}),
        ):
            option = click.option(
                f"--{name}",
                type=kind,
                expose_value=False,
                callback=keep(name),
                help=say.text(f"cli.option.{name}"),
                **extra,
            )
            function = option(function)
        return function

    return decorate


def shared_of(context: click.Context) -> Shared:
    """Return the one Shared of this call."""
    root = context.find_root()
    if not isinstance(root.obj, Shared):
        root.obj = Shared(say=translator(terminal_language()))
    return root.obj


def verb(say: Translator, name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a verb whose help is the catalogue's `cli.<name>.help`; it is given the Shared first."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        def run(*arguments: Any, **options: Any) -> Any:
            return function(shared_of(click.get_current_context()), *arguments, **options)

        run.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
        key = name.replace("-", "_")
        made = click.command(name, help=say.text(f"cli.{key}.help"), short_help=say.text(f"cli.{key}.short"))
        command = made(shared_options(say)(run))
        _named_by_their_options(command, key)
        return command

    return decorate


def _named_by_their_options(command: click.Command, key: str) -> None:
    """Let each option's variable be called by the option (--proxy: _PROXY), whatever the code calls what it holds."""
    for option in command.params:
        shown = max(option.opts, key=len)
        called = shown.lstrip("-").replace("-", "_")
        if isinstance(option, click.Option) and option.envvar is None and called != option.name:
            option.envvar = f"STAYCOURSE_{key.replace('.', '_')}_{called}".upper()


def verb_group(say: Translator, name: str, **builders: Callable[[Translator], click.Command]) -> click.Group:
    """Make a group of verbs in one language; `builders` by the verbs' names, `_` for their hyphens."""
    group = click.Group(name, help=say.text(f"cli.{name}.help"), short_help=say.text(f"cli.{name}.short"))
    for called, build in builders.items():
        group.add_command(build(say), called.replace("_", "-"))
    return shared_options(say)(group)


def overlap_option(say: Translator, name: str) -> Callable[[Function], Function]:
    """Add --overlap-hours: for how long a former secret stays good."""
    return click.option(
        "--overlap-hours", type=click.IntRange(0, 24 * 90), default=24, show_default=True,
        help=say.text(f"cli.{name}.rotate.overlap"),
    )  # fmt: skip


def operator() -> str:
    """Return who acts, for the audit log: STAYCOURSE_ACTOR, else the system's user."""
    try:
        return (os.environ.get("STAYCOURSE_ACTOR") or getpass.getuser())[:200]
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def terminal_language() -> str:
    """Choose the language: STAYCOURSE_LANGUAGE, else the locale's variables, else English."""
    wanted = os.environ.get("STAYCOURSE_LANGUAGE", "")
    if wanted in LANGUAGES:
        return wanted
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return preferred_language(os.environ[name])
    return "en"
