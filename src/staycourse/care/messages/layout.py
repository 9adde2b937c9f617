"""From a message's text to its mail in HTML: paragraphs, line breaks, links and nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from jinja2 import Environment, Template
from markupsafe import Markup, escape

_LINK = re.compile(r"https?://[^\s<>\"'`\\^{|}]{1,1990}")
_BUTTON = re.compile(r"([^\n:：]{1,60})[:：]\s*(\S+)")


def kept_link(text: str) -> bool:
    """Say whether `text` is an http(s) address and nothing else."""
    return _LINK.fullmatch(text) is not None


def html_of(subject: str, text: str, language: str, links: Collection[str]) -> str:
    """Return `text` as a mail: only `links` become links, since other addresses may be in what a person typed.

    A paragraph that is one line of words, a colon and a link becomes a button.
    """
    body, _, closing = text.partition("\n\n--\n")
    paragraphs = [_paragraph(block, links) for block in body.split("\n\n") if block.strip()]
    footer = _linked(closing, links) if closing else Markup("")
    return _layout().render(subject=subject, language=language, paragraphs=paragraphs, footer=footer)


def _paragraph(block: str, links: Collection[str]) -> Markup:
    match = _BUTTON.fullmatch(block.strip())
    if match and match[2] in links:
        return Markup('<a class="button" href="{}">{}</a>').format(match[2], match[1].strip())
    return Markup("<br>\n").join(_linked(line, links) for line in block.strip("\n").split("\n"))


def _linked(line: str, links: Collection[str]) -> Markup:
    """Escape a line, with those addresses that are among `links` as links."""
    pieces: list[Markup] = []
    at = 0
    for match in _LINK.finditer(line):
        found = next((link for link in sorted(links, key=len, reverse=True) if match[0].startswith(link)), None)
        if found is not None:
            pieces += [escape(line[at : match.start()]), Markup('<a href="{0}">{0}</a>').format(found)]
            at = match.start() + len(found)
    return Markup("").join([*pieces, escape(line[at:])])


@cache
def _layout() -> Template:
    source = files("staycourse.care").joinpath("wording", "layout.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
