"""The resource of statements: kept by PUT and POST, found by GET.

xAPI 1.0.3 part 3, section 2.1; xAPI 2.0, section 4.1.6.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from staycourse.app.intake import RecordStore
from staycourse.app.intake.arrivals import XAPI, Arrivals
from staycourse.app.intake.lrs import Coming, Found, Wanted, instant_of, place_of
from staycourse.kernel import NotFound, microseconds
from staycourse.web.api.xapi.request import Asked, Reply, http_date, said
from staycourse.xapi import (
    ACTIVITY,
    Attached,
    BadStatement,
    Statement,
    StatementQuery,
    attached,
    canonical,
    check_signatures,
    json_of,
    known,
    matched,
    pieces_of,
    preferred,
    put_id,
    statement_query,
    term,
    with_ids,
    written,
)

MOST_STATEMENTS: Final = 10_000
LOOP_BYTES: Final = 256 << 10
"""A longer body is read in a thread beside the event loop, so that other requests need not wait for it."""

THROUGH: Final = "x-experience-api-consistent-through"


@dataclass(frozen=True, slots=True)
class StatementResource:
    """Answers requests for statements."""

    records: RecordStore
    arrivals: Arrivals

    def through(self) -> str:
        """Return up to when everything that was stored can be found, as a timestamp."""
        return self.records.consistent_through().isoformat(timespec="microseconds").replace("+00:00", "Z")

    def put(self, asked: Asked) -> Reply:
        """Keep one statement under the id that the request names."""
        named = put_id(asked.parameters)
        statements, contents = self._read(asked, most=1)
        if statements[0].statement not in ("", named):
            raise BadStatement("must be the id that the request names", where="id")
        statements[0].statement = named
        self._keep(asked, statements, contents)
        return Reply(204)

    def post(self, asked: Asked) -> Reply:
        """Keep one statement or many, all or none; answers their ids."""
        known(asked.parameters, ())
        statements, contents = self._read(asked, most=MOST_STATEMENTS)
        return said(self._keep(asked, statements, contents))

    async def posted(self, asked: Asked) -> Reply | None:
        """Do as `post` does from an event loop where all is common; None where `post` must look at it."""
        if asked.parameters or asked.headers.get("content-type") != "application/json":
            return None
        read = partial(self.records.readers[asked.two].plain, asked.body, most=MOST_STATEMENTS)
        loop = asyncio.get_running_loop()
        ids = read() if len(asked.body) <= LOOP_BYTES else await loop.run_in_executor(self.records.reading, read)
        if not ids:
            return None
        authority = authority_of(asked.access.key, self.records.home.settings.public_url)
        kept = await self.records.kept(Coming(asked.access.tenant, ids, asked.two, authority, asked.body))
        if kept is None:
            return None
        self.arrivals.note(asked.access.tenant, XAPI, len(kept))
        return said(kept)

    def get(self, asked: Asked) -> Reply:
        """Give out one statement, or a page of those that are asked for."""
        query = statement_query(asked.parameters)
        self.records.wait()
        named = query.statement or query.voided
        if named:
            found = self.records.statements.one(asked.access.tenant, named, voided=bool(query.voided))
            if found is None:
                raise NotFound("there is no such statement", where="statementId", mend="check the id")
            page, content = [found], self._form(asked, query, found)
        else:
            page, more = self._page(asked, query)
            link = msgspec.json.encode(self._link(asked, page[-1]) if more else "")
            told = b",".join(self._form(asked, query, one) for one in page)
            content = b'{"statements":[' + told + b'],"more":' + link + b"}"
        headers = {}
        if page:
            headers["last-modified"] = http_date(max(instant_of(one.place) for one in page))
        if not query.attachments:
            return Reply(200, content, headers=headers)
        contents = self.records.statements.attachments(asked.access.tenant, [one.place for one in page])
        body, content_type = written(content, contents)
        return Reply(200, body, content_type, headers)

    def _read(self, asked: Asked, *, most: int) -> tuple[list[Statement], list[dict[str, Attached]]]:
        """Return the statements that a request brings, each with the contents of its attachments."""
        reader = self.records.readers[asked.two]
        contents: dict[str, Attached] = {}
        if asked.content_type == "application/json":
            told = asked.body
        elif asked.content_type == "multipart/mixed":
            pieces = pieces_of(asked.body, asked.headers["content-type"])
            if pieces[0].headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                raise BadStatement("the first part must be application/json", where="body")
            told, contents = pieces[0].content, attached(pieces[1:])
        else:
            raise BadStatement("must be application/json or multipart/mixed", where="Content-Type")
        statements, many = reader.read(told, most=most)
        if many and asked.method == "PUT":
            raise BadStatement("must be one statement", where="body")
        own = matched(statements, contents)
        for one, has in zip(statements, own, strict=True):
            if not one.told and "attachments" in one.parts:  # a plain one has none, and need not be taken apart
                check_signatures(one, has, reader)
        return statements, own

    def _keep(
        self, asked: Asked, statements: Sequence[Statement], contents: Sequence[dict[str, Attached]]
    ) -> list[str]:  # fmt: skip
        authority = authority_of(asked.access.key, self.records.home.settings.public_url)
        kept = self.records.keep(asked.access.tenant, statements, contents, authority=authority, two=asked.two)
        self.arrivals.note(asked.access.tenant, XAPI, len(kept))
        return kept

    def _page(self, asked: Asked, query: StatementQuery) -> tuple[list[Found], bool]:
        """Return the statements of a page, and whether there are more."""
        after = place_of(microseconds(query.since) + 1, 0) if query.since else 0
        before = place_of(microseconds(query.until) + 1, 0) - 1 if query.until else 2**63 - 1
        if query.beyond:
            after, before = (query.beyond + 1, before) if query.ascending else (after, query.beyond - 1)
        wanted = Wanted(query.terms, after, before, query.ascending, query.limit + 1)
        found = self.records.statements.page(asked.access.tenant, wanted)
        return found[: query.limit], len(found) > query.limit

    def _link(self, asked: Asked, last: Found) -> str:
        return f"{asked.path}?{urlencode({**asked.parameters, 'beyond': last.place})}"

    def _form(self, asked: Asked, query: StatementQuery, one: Found) -> bytes:
        """Return a statement in the form that is asked for."""
        if query.format == "exact":
            return one.body.encode()
        value = json_of(one.body.encode())
        if query.format == "ids":
            return msgspec.json.encode(with_ids(value))
        languages = preferred(asked.headers.get("accept-language", ""))

        def definition(activity: str) -> dict[str, Any] | None:
            told = self.records.statements.definition(asked.access.tenant, term(ACTIVITY, activity))
            return json_of(told.encode()) if told else None

        return msgspec.json.encode(canonical(value, languages, definition))


@lru_cache(maxsize=1_000)
def authority_of(key: str, home_page: str) -> bytes:
    """Return who vouches for statements that came with a key: the key itself is the agent."""
    account = {"homePage": home_page or "urn:staycourse:keys", "name": key}
    return msgspec.json.encode({"objectType": "Agent", "account": account})
