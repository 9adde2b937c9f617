"""What the pages of connections share: their tabs, what a form does, a secret shown once, a fault beside the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from starlette.requests import Request
from starlette.responses import Response

from staycourse.app.homes import Home
from staycourse.kernel import BadInput, NotFound, Words
from staycourse.web.access.permits import may
from staycourse.web.console.reader import actor_of, moment_text, reader_words
from staycourse.web.forms import Form, led_back
from staycourse.web.rendering import Renderer
from staycourse.web.signed import signed_in

OVERLAPS: Final = (24, 0, 168)
"""Hours that a former secret may stay good; the first is proposed."""

MAKING: Final = ("add", "issue")
"""What the form for something new asks for: only of it is what was typed shown again."""

ANEW: Final = "look at the page anew: somebody may have changed it meanwhile"
"""The next step where a form was about something that is not there (any more)."""

Given = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Once:
    """A secret just made, and whose it is: shown in the answer to the form, and nowhere again."""

    kind: str
    whose: str
    secret: str = field(repr=False)


Action = Callable[[Given, str], str | Once]
"""What a form does for an actor: the name of a notice, or a secret."""


class ConnectionPage:
    """One page over a home; plain functions, so that each runs in a worker thread."""

    name: ClassVar[str]
    path: ClassVar[str]
    template: ClassVar[str] = ""
    """What the page's template is called, where it is not called as its tab."""
    labels: ClassVar[Mapping[str, str]]
    """What an error calls a field, with the key of what the page calls it."""

    def __init__(self, home: Home, renderer: Renderer, tabs: Sequence[tuple[str, str]]) -> None:
        self.home, self._renderer, self._tabs = home, renderer, tabs

    def view(self, request: Request, words: Words) -> Mapping[str, Any]:
        """Return what the template shows."""
        raise NotImplementedError

    def actions(self) -> Mapping[str, Action]:
        """Return what the page's forms do, by their button's `action`."""
        raise NotImplementedError

    def look(self, request: Request) -> Response:
        """Show the page."""
        return self._page(request)

    def act(self, request: Request, given: Form) -> Response:
        """Do what a form asks for; what it cannot do is said on the page, with what was typed."""
        action = self.actions().get(given.get("action", ""))
        try:
            if action is None:
                raise BadInput("nothing of this page was asked for", where="action", mend="use its buttons")
            done = action(given, actor_of(request))
        except (BadInput, NotFound) as refused:
            typed = given if given.get("action") in MAKING else {}
            return self._page(
                request, refused.http_status, given=typed, fault=self._fault(refused, reader_words(request))
            )
        if isinstance(done, Once):
            return self._page(request, once=done)
        return led_back({}, self.back(given), done)

    def back(self, given: Given) -> str:
        """Return where a form leads once it is done."""
        return self.path

    @property
    def now(self) -> datetime:
        """The instant."""
        return self.home.settings.clock.now()

    def moment(self, instant: datetime | None, words: Words) -> str:
        """Return a day and a time of day where the tenant is, "" for None."""
        return moment_text(instant, self.home.zone, words)

    def _fault(self, refused: BadInput | NotFound, words: Words) -> str:
        """Return an error as the page's reader knows its fields: by their labels, and without the command line."""
        key = self.labels.get(refused.where, "")
        said = refused.wording._replace(where=words.t(key) if key else "")
        refused.wording = said._replace(mend=ANEW) if isinstance(refused, NotFound) else said
        return words.told(refused.line())

    def _page(
        self, request: Request, status: int = 200, *, given: Given | None = None, fault: str = "",
        once: Once | None = None,
    ) -> Response:  # fmt: skip
        words, reader = reader_words(request), signed_in(request)
        tabs = [(name, path) for name, path in self._tabs if reader is None or may(reader.role, "GET", path)]
        template = f"connections/{self.template or self.name}.html"
        return self._renderer.page(
            request, template, status, tab=self.name, tabs=tabs, given=given or {}, fault=fault, once=once,
            overlaps=OVERLAPS, **self.view(request, words),
        )  # fmt: skip


def overlap_of(given: Given) -> timedelta:
    """Return for how long a former secret stays good, as the form says."""
    hours = given.get("overlap", str(OVERLAPS[0]))
    if hours not in {str(one) for one in OVERLAPS}:
        raise BadInput("the former secret cannot stay good for so long", where="overlap", mend="choose one of the list")
    return timedelta(hours=int(hours))


def chosen(given: Given, prefix: str) -> list[str]:
    """Return what was ticked of a list whose boxes are called `<prefix>.<name>`: one at least."""
    ticked = [name.partition(".")[2] for name in given if name.startswith(f"{prefix}.")]
    if not ticked:
        raise BadInput("nothing is ticked", where=f"{prefix}s", mend="tick one at least")
    return ticked


def whole_number(given: Given, name: str, otherwise: int) -> int:
    """Return a whole number from 1; `otherwise` where nothing was typed."""
    typed = given.get(name, "").strip()
    if not typed:
        return otherwise
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 9 and int(typed) > 0):
        raise BadInput("is no whole number from 1", where=name, mend="write it in digits")
    return int(typed)
