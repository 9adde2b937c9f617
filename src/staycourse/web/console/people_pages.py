"""The route by which a person writes down what a learner said about being reached."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from staycourse.desk import CareDesk, PeopleDesk
from staycourse.kernel import BadInput, Clock
from staycourse.web.addresses import learner_address
from staycourse.web.console.reader import actor_of
from staycourse.web.forms import Form, led_back


class PeoplePages:
    """The handlers over one desk of people."""

    def __init__(self, people: PeopleDesk, tenant: str, clock: Clock) -> None:
        self._people, self._tenant, self._clock = people, tenant, clock

    def consent(self, request: Request, given: Form) -> Response:
        """Write an entry into the consent ledger, and lead back to the learner."""
        learner = given.get("learner", "")
        if not learner or len(learner) > 200 or given.get("granted") not in ("yes", "no"):
            raise BadInput("the form names no learner or no answer", where="consent", mend="use the learner's page")
        self._people.consent(
            self._tenant, learner, given.get("channel", ""), given.get("purpose", ""), given["granted"] == "yes",
            actor_of(request), self._clock.now(),
        )  # fmt: skip
        return led_back({}, learner_address(learner), "consent")


def add_people_routes(app: FastAPI, care: CareDesk | None, tenant: str, clock: Clock) -> None:
    """Give `app` the way to write down what learners said, where there is a ledger."""
    if care is not None and care.people is not None:
        app.add_api_route("/consents", PeoplePages(care.people, tenant, clock).consent, methods=["POST"])
