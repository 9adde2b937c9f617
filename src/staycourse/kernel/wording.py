"""The wording of an error: English text that remembers how it was made, so that it can be said in another language.

As in gettext the English text is the message's id. An f-string loses its template; `worded` keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Wording(str):
    """A finished English text with the `template` it was made by and the `values` that were filled in.

    It is its text wherever a text is read. Whoever writes it down takes `str(...)` of it first.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]

    def __new__(cls, text: str, template: str | None = None, values: Mapping[str, object] | None = None) -> Self:
        made = super().__new__(cls, text)
        made.template = text if template is None else template
        made.values = values or {}
        return made


def worded(template: str, /, **values: object) -> Wording:
    """Return the text that `template` (as of `str.format`) makes of `values`; a wording among them is said as such."""
    return Wording(template.format_map(values) if values else template, template, values)


def as_wording(text: object) -> Wording:
    """Return a text as a wording: what a library said, or one of ours without values, is its own template."""
    return text if isinstance(text, Wording) else Wording(str(text))
