"""The routes of the policy: what is in force, the editor, trials on the past, versions. A person decides, always."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from staycourse.desk import CareDesk, PolicyDesk, Trial
from staycourse.kernel import BadInput, BadPolicy, Clock, HomeInUse, worded
from staycourse.review import BudgetAsked
from staycourse.web.console.desk_pages import DeskPages
from staycourse.web.console.policies import edit_view, policy_view
from staycourse.web.console.reader import LONGEST_SEARCH, READING, actor_of, reader_words
from staycourse.web.console.trials import trial_view
from staycourse.web.forms import Form, led_back
from staycourse.web.rendering import Renderer

HOME = "/policy"
Named = Annotated[str, Query(max_length=LONGEST_SEARCH)]
Number = Annotated[int, Query(ge=0, le=1_000_000)]


class PolicyPages(DeskPages[PolicyDesk]):
    """The handlers over one desk of policies."""

    def policy(self, request: Request) -> Response:
        """Show the policy in force."""
        view = policy_view(self._desk.sheet(self._tenant), self._care.zone, reader_words(request))
        return self._renderer.page(request, "policy.html", view=view)

    def text(self, version: Number = 0) -> Response:
        """Give a version's text as it was written."""
        name = f'attachment; filename="policy-{version}.toml"'
        return PlainTextResponse(self._desk.text(self._tenant, version), headers={"content-disposition": name})

    def editor(
        self, request: Request, version: Annotated[int | None, Query(ge=0, le=1_000_000)] = None, trial: Named = "",
        proposal: Number = 0,
    ) -> Response:  # fmt: skip
        """Show the editor with the text in force, an earlier version's, or one that was tried or proposed."""
        if trial:
            text = _text_of(self._desk.trial(self._tenant, trial), proposal)
        elif version is not None:
            text = self._desk.text(self._tenant, version)
        else:
            text = self._desk.sheet(self._tenant).text
        return self._renderer.page(request, "policy_edit.html", view=edit_view(text, reader_words(request)))

    def edit(self, request: Request, given: Form) -> Response:
        """Check the posted text, try it on the past, or put it in force; a fault is shown beside the text."""
        text = given.get("text", "").replace("\r\n", "\n")
        note, words, now = given.get("note", ""), reader_words(request), self._clock.now()
        try:
            match given.get("action", "check"):
                case "backtest":
                    begun = self._desk.begin(self._tenant, "backtest", actor_of(request), now, text=text)
                    return RedirectResponse(f"{HOME}/trials/{begun}", 303)
                case "accept":
                    return self._accepted(request, text, note)
            view = edit_view(text, words, found=self._desk.check(self._tenant, text), note=note)
            return self._renderer.page(request, "policy_edit.html", view=view)
        except (BadPolicy, BadInput, HomeInUse) as fault:
            at = "note" if fault.where == "note" else "" if isinstance(fault, HomeInUse) else "text"
            told = fault.wording._replace(where="").line() if at == "note" else fault.line()
            view = edit_view(text, words, fault=told, at=at, note=note)
            return self._renderer.page(request, "policy_edit.html", fault.http_status, view=view)

    def rollback(self, request: Request, given: Form) -> Response:
        """Put an earlier version in force again."""
        version = given.get("version", "")
        if not version.isascii() or not version.isdecimal() or len(version) > 6:
            raise BadInput("a version is a number", where="version", mend="choose one of the list")
        try:
            fresh = self._desk.rollback(
                self._tenant, int(version), given.get("note", ""), actor_of(request), self._clock.now()
            )
        except HomeInUse:
            return led_back({}, HOME, "policy.busy.stop")
        return led_back({}, HOME, "policy.rollback" if fresh else "policy.same.stop")

    def begin(self, request: Request, given: Form) -> Response:
        """Begin a trial: proposals, or thresholds for a budget."""
        kind = given.get("kind", "")
        if kind not in ("proposals", "budget"):
            raise BadInput(
                worded("there is no trial {kind!r}", kind=kind[:40]), where="kind", mend="proposals or budget"
            )
        asked = _budget(given) if kind == "budget" else None
        begun = self._desk.begin(
            self._tenant, "budget" if asked else "proposals", actor_of(request), self._clock.now(), asked=asked
        )
        return RedirectResponse(f"{HOME}/trials/{begun}", 303)

    def trial(self, request: Request, trial: str) -> Response:
        """Show a trial: how far it is, or what it came to."""
        view = trial_view(self._desk.trial(self._tenant, trial), self._care.zone, reader_words(request))
        return self._renderer.page(request, "policy_trial.html", view=view)

    def accept_trial(self, request: Request, trial: str, given: Form) -> Response:
        """Put in force what was tried."""
        text = _text_of(self._desk.trial(self._tenant, trial), 0)
        try:
            return self._accepted(request, text, given.get("note", ""))
        except HomeInUse:
            return led_back({}, f"{HOME}/trials/{trial}", "policy.busy.stop")

    def cancel_trial(self, trial: str) -> Response:
        """Cancel a trial that waits or runs."""
        self._desk.trial(self._tenant, trial)
        cancelled = self._desk.cancel(self._tenant, trial, self._clock.now())
        return led_back({}, f"{HOME}/trials/{trial}", "policy.cancel" if cancelled else "policy.ended.stop")

    def _accepted(self, request: Request, text: str, note: str) -> Response:
        fresh = self._desk.accept(self._tenant, text, note, actor_of(request), self._clock.now())
        return led_back({}, HOME, "policy.accept" if fresh else "policy.same.stop")


def _text_of(trial: Trial, proposal: int) -> str:
    """Return the text of a trial: what was tried, the proposal of that number, else all that go together."""
    if trial.proposals is not None:
        texts = [trial.proposals.text, *(one.text for one in trial.proposals.proposals)]
        if proposal < len(texts) and texts[proposal]:
            return texts[proposal]
    if trial.budget is not None:
        return trial.budget.text
    if trial.text:
        return trial.text
    raise BadInput("this trial has no such text", where="trial", mend="look at the trial again")


def _budget(given: Mapping[str, str]) -> BudgetAsked:
    per_day, precision = given.get("per_day", "").strip(), given.get("precision", "").strip()
    if per_day != "unlimited" and not (per_day.isascii() and per_day.isdecimal() and len(per_day) < 8):
        raise BadInput("alerts a day are a number from 0, or unlimited", where="per_day", mend="give such a number")
    try:
        share = float(precision or "0") / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadInput("a precision lies between 0 and 100 %", where="precision", mend="give such a number")
    return BudgetAsked(per_day if per_day == "unlimited" else int(per_day), share)


def add_policy_routes(app: FastAPI, care: CareDesk | None, tenant: str, clock: Clock, renderer: Renderer) -> None:
    """Give `app` the pages of the policy, where there is one to decide on."""
    if care is None or care.policies is None:
        return
    pages = PolicyPages(care, care.policies, tenant, clock, renderer)
    app.add_api_route(HOME, pages.policy, methods=READING)
    app.add_api_route(f"{HOME}/text", pages.text, methods=READING)
    app.add_api_route(f"{HOME}/edit", pages.editor, methods=READING)
    app.add_api_route(f"{HOME}/edit", pages.edit, methods=["POST"])
    app.add_api_route(f"{HOME}/rollback", pages.rollback, methods=["POST"])
    app.add_api_route(f"{HOME}/trials", pages.begin, methods=["POST"])
    app.add_api_route(f"{HOME}/trials/{{trial}}", pages.trial, methods=READING)
    app.add_api_route(f"{HOME}/trials/{{trial}}", pages.accept_trial, methods=["POST"])
    app.add_api_route(f"{HOME}/trials/{{trial}}/cancel", pages.cancel_trial, methods=["POST"])
