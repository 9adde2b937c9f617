"""`GET /v1/exports/{kind}.parquet`: an export as a download, one at a time, written to disk before it is sent."""

from __future__ import annotations

import threading
from datetime import date
from typing import Final

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from staycourse.app.homes import Home
from staycourse.app.outgoing import EXPORTS, clear_left_exports, export_to_send
from staycourse.kernel import NotFound, TooMany, worded
from staycourse.web.api.access import Reading
from staycourse.web.api.describing import PROBLEMS
from staycourse.web.api.parameters import ONLY_KNOWN

MEDIA_TYPE: Final = "application/vnd.apache.parquet"


def exports_router(home: Home) -> APIRouter:
    """Return the route of one opened home. What a server that was killed had written for sending goes now."""
    clear_left_exports(home)
    router, turn = APIRouter(tags=["answers out"], dependencies=[ONLY_KNOWN]), threading.BoundedSemaphore(1)

    def get_export(kind: str, access: Reading, first: date | None = None, last: date | None = None) -> FileResponse:
        """Everything of a kind, of the days from `first` to `last`. Another that is asked for meanwhile is put off."""
        if kind not in EXPORTS:
            raise NotFound(
                worded("there is no export {kind!r}", kind=kind[:40]),
                where="kind",
                mend=worded("use one of {choices}", choices=", ".join(EXPORTS)),
            )
        if not turn.acquire(blocking=False):
            raise TooMany("another export is being written", mend="ask again in 15 s", retry_after=15)
        try:
            done, sent = export_to_send(home, access.tenant, kind, first, last)
        finally:
            turn.release()
        return FileResponse(done.place, media_type=MEDIA_TYPE, filename=done.place.name,
                            background=BackgroundTask(sent))  # fmt: skip

    router.add_api_route(
        "/v1/exports/{kind}.parquet", get_export, methods=["GET"], summary="An export as Parquet",
        response_class=FileResponse,
        responses={**PROBLEMS, 200: {"description": "The file.", "content": {MEDIA_TYPE: {}}}},
    )  # fmt: skip
    return router
