"""The resources of documents: states, activities' profiles, agents' profiles; changed only as their readers know them.

xAPI 1.0.3 part 3, sections 2.2, 2.3, 2.6, 2.7 and 3.1; xAPI 2.0, sections 4.1.4 and 4.1.6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from staycourse.app.intake import RecordStore
from staycourse.app.intake.lrs import Document, DocumentPlace
from staycourse.app.intake.statements import learner_of
from staycourse.kernel import NotFound, worded
from staycourse.web.api.problems import TooLarge
from staycourse.web.api.xapi.request import Asked, Reply, http_date, said
from staycourse.xapi import (
    ACTIVITY,
    AGENT,
    BadStatement,
    Changed,
    Conflict,
    DocumentQuery,
    check_document,
    identity,
    merged,
    term,
)

MOST_DOCUMENT: Final = 4 << 20
JSON: Final = "application/json"
Read = Callable[..., DocumentQuery]


@dataclass(frozen=True, slots=True)
class DocumentResource:
    """Answers requests for the documents of one resource, whose parameters `read` understands.

    `strict`: a PUT must say which document it replaces, or (in 1.0.3 alone) that it replaces none; without it, only a
    PUT of version 2.0 over a document that is there must.
    """

    records: RecordStore
    resource: str
    read: Read
    strict: bool

    def get(self, asked: Asked) -> Reply:
        """Give out a document, or the ids of those that are there."""
        query = self.read(asked.parameters, many=True)
        place, tenant = self._place(query), asked.access.tenant
        if not query.document:
            found = self.records.documents.names(tenant, place, query.since)
            changed = {"last-modified": http_date(max(at for _, at in found))} if found else {}
            return said([name for name, _ in found], changed)
        document = self.records.documents.read(tenant, place, query.document)
        if document is None:
            raise NotFound("there is no such document", where="stateId or profileId", mend="check the id")
        headers = {"etag": f'"{document.etag}"', "last-modified": http_date(document.updated)}
        if "if-none-match" in asked.headers and _named(document, asked.headers["if-none-match"]):
            return Reply(304, headers=headers)
        return Reply(200, document.content, document.content_type, headers)

    def put(self, asked: Asked) -> Reply:
        """Keep a document in place of the one that is there."""

        def change(kept: Document | None) -> tuple[str, bytes]:
            _agreed(asked, kept)
            if "if-match" in asked.headers or "if-none-match" in asked.headers:
                return self._come(asked)
            if kept is None and self.strict and not asked.two:
                raise BadStatement(
                    "is missing", where="If-None-Match", mend="send If-None-Match: * with a new document"
                )
            if kept is not None and (self.strict or asked.two):
                raise Conflict("a document is there already", where="If-Match",
                               mend="read it, and send its ETag as If-Match, or If-None-Match: *")  # fmt: skip
            return self._come(asked)

        return self._change(asked, change)

    def post(self, asked: Asked) -> Reply:
        """Merge a JSON document into the one that is there; keep it where there is none."""

        def change(kept: Document | None) -> tuple[str, bytes]:
            _agreed(asked, kept)
            content_type, content = self._come(asked)
            if kept is None:
                return content_type, content
            for told, where in ((content_type, "Content-Type"), (kept.content_type, "the document that is there")):
                if told.partition(";")[0].strip().lower() != JSON:
                    raise BadStatement(worded("must be {form} to be merged", form=JSON), where=where)
            return kept.content_type, merged(kept.content, content)

        return self._change(asked, change)

    def delete(self, asked: Asked) -> Reply:
        """Delete a document, or (states alone) all of them."""
        query = self.read(asked.parameters, many=self.resource == "state")
        if query.since is not None:
            raise BadStatement("there is no such parameter here", where="since", mend="leave it out")
        if not query.document:
            self.records.documents.delete_all(asked.access.tenant, self._place(query))
            return Reply(204)

        def change(kept: Document | None) -> None:
            _agreed(asked, kept)

        return self._change(asked, change)

    def _change(self, asked: Asked, change: Callable[[Document | None], tuple[str, bytes] | None]) -> Reply:
        query = self.read(asked.parameters, many=False)
        now = self.records.home.settings.clock.now()
        self.records.documents.change(asked.access.tenant, self._place(query), query.document, change, now)
        return Reply(204)

    def _come(self, asked: Asked) -> tuple[str, bytes]:
        """Return the document that a request brings."""
        if len(asked.body) > MOST_DOCUMENT:
            raise TooLarge(worded("a document may have {most:,} bytes", most=MOST_DOCUMENT), where="body")
        if asked.content_type == JSON:
            check_document(asked.body)
        return asked.headers.get("content-type", "application/octet-stream")[:200], asked.body

    def _place(self, query: DocumentQuery) -> DocumentPlace:
        activity = term(ACTIVITY, query.activity) if query.activity else 0
        agent = term(AGENT, identity(query.agent)) if query.agent else 0
        learner = learner_of(query.agent) if query.agent else ""
        return DocumentPlace(self.resource, activity, agent, query.registration, learner)


def _agreed(asked: Asked, kept: Document | None) -> None:
    """Refuse a request that is about another document than the one that is there (RFC 9110, section 13.1)."""
    match, none = asked.headers.get("if-match"), asked.headers.get("if-none-match")
    if match is not None and (kept is None or not _named(kept, match)):
        raise Changed("the document is another by now, or gone", where="If-Match", mend="read it again")
    if none is not None and kept is not None and _named(kept, none):
        raise Changed("the document is there already", where="If-None-Match", mend="read it, and send If-Match")


def _named(kept: Document, header: str) -> bool:
    """Say whether a header's list of ETags names the document."""
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}
    return kept.etag in tags or "*" in tags
