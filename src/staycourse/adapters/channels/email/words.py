"""What somebody wrote in a mail, without what they quote: plain text before HTML, bounded, read purely."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message
from html.parser import HTMLParser

LONGEST = 2_000
"""Characters kept of a reply: as many as are read for its feeling."""

_READ = 100_000
_UNSEEN = frozenset({"script", "style", "head", "title", "blockquote"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_QUOTES = re.compile(
    r"^(?:-- ?|-{2,}\s*(?:Original Message|Forwarded message|原始邮件|转发邮件).*|_{10,}"
    r"|On\b.{0,300}\bwrote:|在.{0,300}写道[:：]|.{0,200}于.{0,100}写道[:：]|(?:From|Sent|发件人|发送时间)[:：]\s.*)$",
    re.IGNORECASE,
)
"""Lines after which a mail quotes what it answers, or is signed (RFC 3676, 4.3), as common programs write them."""


def words_of(parts: Sequence[Message]) -> str:
    """Return the words of a mail's first text among its `parts`, "" where it has none that can be read."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
                text = _decoded(part)
                own = without_quotes(_plain(text) if kind == "text/html" else text)
                if own:
                    return own
    return ""


def without_quotes(text: str) -> str:
    """Return what stands in `text` before the first line that begins a quote or a signature, at most LONGEST of it."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        bare = line.strip()
        if _QUOTES.match(bare):
            break
        if kept and _QUOTES.match(f"{kept[-1].strip()} {bare}"):  # programs break this line where it grows long
            kept.pop()
            break
        if not bare.startswith(">"):
            kept.append(line.rstrip())
    own = re.sub(r"\n{3,}", "\n\n", _CONTROL.sub("", "\n".join(kept))).strip()
    return own if len(own) <= LONGEST else own[: LONGEST - 1].rstrip() + "…"


def _decoded(part: Message) -> str:
    held = part.get_payload(decode=True)
    raw = held[:_READ] if isinstance(held, bytes) else b""
    try:
        return raw.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:  # a charset that nobody knows
        return raw.decode("utf-8", "replace")


def _plain(source: str) -> str:
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    """Keeps the text that is seen, without quotes."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag in _BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            del self._unseen[self._unseen.index(tag) :]
        elif tag in _BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))
