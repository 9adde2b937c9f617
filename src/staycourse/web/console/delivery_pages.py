"""The routes of the deliveries: the messages, one message, the channels and their test."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from staycourse.care import TransportFault
from staycourse.desk import CareDesk, DeliveryDesk, DeliveryFilter
from staycourse.kernel import BadInput, Clock
from staycourse.web.console.deliveries import STATES, channel_view, deliveries_view, message_page
from staycourse.web.console.desk_pages import DeskPages
from staycourse.web.console.lists import Asked, PageAsked, check_state
from staycourse.web.console.reader import READING, actor_of, reader_words
from staycourse.web.forms import Form, led_back
from staycourse.web.preferences import preferences_of
from staycourse.web.rendering import Renderer

LONGEST_ADDRESS = 2_000


class DeliveryPages(DeskPages[DeliveryDesk]):
    """The handlers over one desk of deliveries."""

    def messages(
        self,
        request: Request,
        state: Asked = "",
        channel: Asked = "",
        playbook: Asked = "",
        reason: Asked = "",
        learner: Asked = "",
        page: PageAsked = 1,
    ) -> Response:
        """Show the messages, and why they stand where they do."""
        check_state(state, STATES)
        now = self._clock.now()
        asked = DeliveryFilter(state, channel, playbook, reason, learner.strip(), page)
        found = self._desk.messages(self._tenant, asked, now)
        words = reader_words(request)
        view = deliveries_view(found, asked, now, self._care.zone, words)
        clock = words.told(self._desk.clock())
        return self._renderer.page(request, "deliveries.html", view=view, clock=clock)

    def message(self, request: Request, key: str) -> Response:
        """Show one message as its learner reads it."""
        story = self._desk.message(self._tenant, key)
        view = message_page(story, self._clock.now(), self._care.zone, reader_words(request))
        return self._renderer.page(request, "message.html", view=view)

    def channels(self, request: Request) -> Response:
        """Ask every channel how it is."""
        return self._channels(request, "", "", "")

    def test(self, request: Request, given: Form) -> Response:
        """Send a test message; what the provider answered is said beside the form."""
        channel, address = given.get("channel", ""), given.get("address", "").strip()
        if not address or len(address) > LONGEST_ADDRESS:
            raise BadInput("the test needs an address", where="address", mend="give one of up to 2,000 characters")
        language = preferences_of(request).language
        try:
            self._desk.test(self._tenant, channel, address, language, actor_of(request), self._clock.now())
        except TransportFault as fault:
            return self._channels(request, channel, address, reader_words(request).told(fault.line()), 502)
        return led_back({}, "/channels", "test.sent")

    def _channels(self, request: Request, channel: str, address: str, fault: str, status: int = 200) -> Response:
        words = reader_words(request)
        lines = self._desk.channels(self._tenant)
        views = tuple(channel_view(line, self._care.zone, words) for line in lines)
        return self._renderer.page(
            request, "channels.html", status, channels=views, tried=channel, address=address, fault=fault
        )


def add_delivery_routes(app: FastAPI, care: CareDesk | None, tenant: str, clock: Clock, renderer: Renderer) -> None:
    """Give `app` the pages of the deliveries, where there are any."""
    if care is None or care.deliveries is None:
        return
    pages = DeliveryPages(care, care.deliveries, tenant, clock, renderer)
    app.add_api_route("/deliveries", pages.messages, methods=READING)
    app.add_api_route("/deliveries/{key:path}", pages.message, methods=READING)
    app.add_api_route("/channels", pages.channels, methods=READING)
    app.add_api_route("/channels", pages.test, methods=["POST"])
