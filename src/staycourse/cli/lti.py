"""`staycourse lti`: the learning platforms that may send people to the console."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from staycourse.app.access.lti import Platforms
from staycourse.app.access.lti.platforms import COURSE_FROM, key_set, tool_addresses
from staycourse.app.homes import open_home
from staycourse.cli.options import Shared, operator, verb, verb_group
from staycourse.cli.show import plain, show_json, show_table
from staycourse.cli.telling import tell_line
from staycourse.desk import OPERATOR, TEACHER
from staycourse.kernel import BadInput, Translator

HERE = "http://127.0.0.1:8765"
"""Where the console is as long as nobody said by which address people reach it."""

LONGEST_FILE = 65_536


def lti_verb(say: Translator) -> click.Group:
    """Build the group in one language."""
    return verb_group(say, "lti", add_platform=_add, list=_list, map_course=_map, remove=_remove)


def _add(say: Translator) -> click.Command:
    def told(name: str) -> str:
        return say.text(f"cli.lti.{name}")

    @verb(say, "lti.add-platform")
    @click.argument("name")
    @click.option("--issuer", required=True, metavar="URL", help=told("issuer"))
    @click.option("--client-id", required=True, metavar="ID", help=told("client_id"))
    @click.option("--login-url", required=True, metavar="URL", help=told("login_url"))
    @click.option("--token-url", default="", metavar="URL", help=told("token_url"))
    @click.option("--keys-url", default="", metavar="URL", help=told("keys_url"))
    @click.option("--keys-file", type=click.Path(path_type=Path), help=told("keys_file"))
    @click.option("--deployment", "deployments", multiple=True, required=True, metavar="ID", help=told("deployment"))
    @click.option("--administrators", type=click.Choice((TEACHER, OPERATOR)), default=TEACHER, show_default=True,
                  help=told("administrators"))  # fmt: skip
    @click.option("--course-from", type=click.Choice(COURSE_FROM), default="context", show_default=True,
                  help=told("course_from"))  # fmt: skip
    def run(shared: Shared, name: str, keys_file: Path | None, **given: Any) -> None:
        keys = _key_set(keys_file) if keys_file else {}
        with open_home(shared.settings(), writing=False) as home:
            Platforms(home, operator()).add(name, keys=keys, **given)
            public = home.settings.console_url
        addresses = tool_addresses(public or HERE)
        if shared.json:
            show_json({"platform": name} | addresses)
            return
        click.echo(say.text("cli.lti.added", name=name))
        for what, address in addresses.items():
            click.echo(say.text(f"cli.lti.at_{what}", address=address))
        if not public:
            tell_line(say.text("cli.lti.here", address=HERE), logging.WARNING)

    return run


def _list(say: Translator) -> click.Command:
    @verb(say, "lti.list")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False) as home:
            kept = Platforms(home, operator())
            rows = [asdict(one) | {"courses": kept.named_courses(one.platform)} for one in kept.list()]
        if shared.json:
            show_json(rows)
            return
        columns = ("platform", "issuer", "client_id", "deployments", "administrators", "course_from")
        show_table(
            [say.text(f"cli.lti.column.{name}") for name in columns],
            [[", ".join(row[name]) if name == "deployments" else row[name] for name in columns] for row in rows],
        )

    return run


def _map(say: Translator) -> click.Command:
    @verb(say, "lti.map-course")
    @click.argument("name")
    @click.argument("context")
    @click.argument("course")
    def run(shared: Shared, name: str, context: str, course: str) -> None:
        with open_home(shared.settings(), writing=False) as home:
            Platforms(home, operator()).name_course(name, context, course)
        if not shared.json:
            click.echo(say.text("cli.lti.mapped", context=plain(context), course=plain(course)))

    return run


def _remove(say: Translator) -> click.Command:
    @verb(say, "lti.remove")
    @click.argument("name")
    def run(shared: Shared, name: str) -> None:
        with open_home(shared.settings(), writing=False) as home:
            Platforms(home, operator()).remove(name)
        if not shared.json:
            click.echo(say.text("cli.lti.removed", name=plain(name)))

    return run


def _key_set(place: Path) -> dict[str, Any]:
    try:
        with place.open("rb") as file:
            return key_set(file.read(LONGEST_FILE), str(place))
    except OSError as error:
        raise BadInput("is no JWK set", where=str(place), mend="give what the platform shows") from error
