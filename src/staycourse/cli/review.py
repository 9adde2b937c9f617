"""`staycourse review`: the weekly review as a page to be read or sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from staycourse.app.care import Care
from staycourse.app.desks import HomeWeeks
from staycourse.app.homes import open_home
from staycourse.app.policies import write_policy_file
from staycourse.cli.nightly import Day
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import json_text, show_json
from staycourse.desk import WeekReview
from staycourse.kernel import LANGUAGES, BadInput, Translator, words_of

FORMATS = ("html", "md", "json")
BY_NAME = {".html": "html", ".htm": "html", ".md": "md", ".json": "json"}


def review_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "review")
    @click.option("--week", type=Day(), help=say.text("cli.review.week"))
    @click.option("--format", "form", type=click.Choice(FORMATS), help=say.text("cli.review.format"))
    @click.option("--write", type=click.Path(path_type=Path), metavar="FILE", help=say.text("cli.review.write"))
    @click.option("--language", type=click.Choice(LANGUAGES), help=say.text("cli.review.language"))
    def run(shared: Shared, week: date | None, form: str | None, write: Path | None, language: str | None) -> None:
        with open_home(shared.settings(), writing=False, begun=True) as home:
            review = HomeWeeks(Care(home)).review(home.tenant, week)
        chosen = "json" if shared.json else form or (BY_NAME.get(write.suffix.lower(), "md") if write else "md")
        if chosen == "json" and write is None:
            show_json(review)
            return
        text = _text(review, chosen, language or say.language)
        if write is None:
            click.echo(text, nl=False)
            return
        if write.exists():
            raise BadInput("there is such a file already", where=str(write), mend="give another name with --write")
        write_policy_file(write, text)
        click.echo(say.text("cli.review.written", file=write), err=True)

    return run


def _text(review: WeekReview, form: str, language: str) -> str:
    if form == "json":
        return json_text(review) + "\n"
    from staycourse.web import weekly_html, weekly_markdown, weekly_view  # it brings the web framework along

    view = weekly_view(review, words_of(language))
    return weekly_html(view, language) if form == "html" else weekly_markdown(view)
