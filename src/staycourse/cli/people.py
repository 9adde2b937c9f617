"""`staycourse people`: who may sign in to the console."""

from __future__ import annotations

import sys
from typing import Any

import click

from staycourse.app.access import Members, generated_password
from staycourse.app.homes import open_home
from staycourse.cli.options import Shared, operator, verb, verb_group
from staycourse.cli.show import plain, show_json, show_table
from staycourse.desk import OPERATOR, ROLES, Member
from staycourse.kernel import BadInput, Translator

LONGEST_LINE = 1_000


def people_verb(say: Translator) -> click.Group:
    """Build the group in one language."""
    return verb_group(say, "people", add=_add, list=_list, role=_role, password=_password, remove=_remove)


def _add(say: Translator) -> click.Command:
    @verb(say, "people.add")
    @click.argument("login", metavar="NAME")
    @click.option("--role", type=click.Choice(ROLES), default=OPERATOR, show_default=True,
                  help=say.text("cli.people.role_of"))  # fmt: skip
    @click.option("--name", "shown", default="", metavar="TEXT", help=say.text("cli.people.shown"))
    @click.option("--course", "courses", multiple=True, metavar="ID", help=say.text("cli.people.course"))
    @click.option("--password-stdin", "piped", is_flag=True, help=say.text("cli.people.stdin"))
    @click.option("--generate", is_flag=True, help=say.text("cli.people.generate"))
    def run(
        shared: Shared, login: str, role: str, shown: str, courses: tuple[str, ...], piped: bool, generate: bool
    ) -> None:
        password = _given_password(say, piped, generate)
        with open_home(shared.settings(), writing=False) as home:
            kept = Members(home, operator()).add(login, shown, role, password, courses)
        _tell(say, shared, "added", kept, password if generate else "")

    return run


def _list(say: Translator) -> click.Command:
    @verb(say, "people.list")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False) as home:
            rows = [_row(member) for member in Members(home, operator()).list()]
        if shared.json:
            show_json(rows)
            return
        columns = ("login", "name", "role", "courses", "platform", "entered")
        show_table(
            [say.text(f"cli.people.{name}") for name in columns],
            [
                [row["login"], row["name"], say.text(f"access.role.{row['role']}"), " ".join(row["courses"]),
                 row["platform"], f"{row['entered']:%Y-%m-%d %H:%M}" if row["entered"] else "-"]
                for row in rows
            ],
        )  # fmt: skip

    return run


def _role(say: Translator) -> click.Command:
    @verb(say, "people.role")
    @click.argument("login", metavar="NAME")
    @click.argument("role", type=click.Choice(ROLES))
    @click.option("--course", "courses", multiple=True, metavar="ID", help=say.text("cli.people.course"))
    def run(shared: Shared, login: str, role: str, courses: tuple[str, ...]) -> None:
        with open_home(shared.settings(), writing=False) as home:
            Members(home, operator()).role(login, role, courses)
        _tell(say, shared, "role_given", login)

    return run


def _password(say: Translator) -> click.Command:
    @verb(say, "people.password")
    @click.argument("login", metavar="NAME")
    @click.option("--password-stdin", "piped", is_flag=True, help=say.text("cli.people.stdin"))
    @click.option("--generate", is_flag=True, help=say.text("cli.people.generate"))
    def run(shared: Shared, login: str, piped: bool, generate: bool) -> None:
        password = _given_password(say, piped, generate)
        with open_home(shared.settings(), writing=False) as home:
            Members(home, operator()).password(login, password)
        _tell(say, shared, "password_given", login, password if generate else "")

    return run


def _remove(say: Translator) -> click.Command:
    @verb(say, "people.remove")
    @click.argument("login", metavar="NAME")
    def run(shared: Shared, login: str) -> None:
        with open_home(shared.settings(), writing=False) as home:
            Members(home, operator()).remove(login)
        _tell(say, shared, "removed", login)

    return run


def _given_password(say: Translator, piped: bool, generate: bool) -> str:
    """Return the password: made here, from standard input, or typed twice. Never an argument: `ps` shows those."""
    if generate:
        return generated_password()
    if piped:
        return sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput(
            say.text("cli.people.no_terminal"), where="password", mend="--password-stdin, --generate"
        )  # fmt: skip
    typed: str = click.prompt(
        say.text("access.password"), hide_input=True, confirmation_prompt=say.text("access.password.again"), err=True
    )
    return typed


def _tell(say: Translator, shared: Shared, what: str, login: str, password: str = "") -> None:
    if shared.json:
        show_json({"name": login} | ({"password": password} if password else {}))
        return
    click.echo(say.text(f"cli.people.{what}", name=plain(login)))
    if password:
        click.echo(say.text("cli.people.once", password=password))


def _row(member: Member) -> dict[str, Any]:
    return {
        "login": member.login, "name": member.name, "role": member.role, "courses": list(member.courses),
        "platform": member.platform, "added": member.added, "entered": member.entered,
    }  # fmt: skip
