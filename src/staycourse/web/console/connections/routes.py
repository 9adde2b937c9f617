"""The routes of the pages of connections: each is shown by GET, and takes its forms, where it has any, by POST."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from staycourse.app.homes import Home
from staycourse.web.console.connections.doors import DoorsPage
from staycourse.web.console.connections.keys import KeysPage
from staycourse.web.console.connections.page import ConnectionPage
from staycourse.web.console.connections.people import MembersPage
from staycourse.web.console.connections.platforms import PlatformsPage
from staycourse.web.console.connections.rejected import RejectedPage
from staycourse.web.console.connections.told import ToldPage
from staycourse.web.console.connections.webhooks import WebhooksPage
from staycourse.web.console.reader import READING
from staycourse.web.rendering import Renderer

PAGES: Final[tuple[type[ConnectionPage], ...]] = (
    DoorsPage, RejectedPage, KeysPage, MembersPage, PlatformsPage, WebhooksPage,
)  # fmt: skip
"""The pages in the order of their tabs."""


def add_connection_routes(app: FastAPI, home: Home | None, renderer: Renderer) -> None:
    """Give `app` the pages of what is connected to `home`, where there is one."""
    if home is None:
        return
    tabs = tuple((page.name, page.path) for page in PAGES)
    for kind in (*PAGES, ToldPage):
        page = kind(home, renderer, tabs)
        app.add_api_route(page.path, page.look, methods=READING)
        if page.actions():
            app.add_api_route(page.path, page.act, methods=["POST"])
