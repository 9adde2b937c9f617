"""Text for people: message keys in code, words in the catalogues under `locale/`.

A catalogue is a gettext .po file per room and language (`locale/<language>/<room>.po`); its msgids are keys such as
`signal.days_absent.name`. Messages take named values in braces. A plural message chooses its form by `n`. A message
that counts several things asks for each number with its noun: `{days:days}` is what `count.days` makes of it.

The wordings of errors are gettext's own way instead: their English stands where it is raised and is the msgid of the
catalogues `errors*.po`, which every language but English has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from staycourse.kernel.errors import BadInput
from staycourse.kernel.telling import Wordings
from staycourse.kernel.wording import worded

LANGUAGES = ("en", "zh-CN")


class _Count(int):
    """A whole number that can be asked for with its noun."""

    say: Translator

    @classmethod
    def of(cls, number: int, say: Translator) -> _Count:
        """Return `number`, counted in the words of `say`."""
        made = cls(number)
        made.say = say
        return made

    def __format__(self, spec: str) -> str:
        return self.say.counted(spec, int(self)) if self.say.has(f"count.{spec}") else int.__format__(self, spec)


@dataclass(frozen=True, slots=True)
class Translator:
    """The words of one language. Values given to `text` are never read as message patterns."""

    language: str
    messages: Mapping[str, tuple[str, ...]]
    wordings: Wordings = field(default_factory=lambda: Wordings({}))

    def text(self, key: str, /, n: int | None = None, **values: object) -> str:
        """Return the message `key` with `values` filled in; the key itself if the catalogue lacks it."""
        forms = self.messages.get(key)
        if forms is None:
            return key
        if n is not None:
            values["n"] = n
        pattern = forms[0] if n in (None, 1) or len(forms) == 1 else forms[-1]
        if not values:
            return pattern
        return pattern.format_map({
            name: _Count.of(value, self) if type(value) is int else value for name, value in values.items()
        })  # fmt: skip

    def counted(self, noun: str, number: int, shown: str = "") -> str:
        """Return a number with its noun (`count.<noun>`), such as 1 day or 2 days; `shown` is the number as written."""
        return self.text(f"count.{noun}", n=number, count=shown or str(number))

    def told(self, text: str) -> str:
        """Return the English wording of an error in this language; the English where nobody has said it in it.

        A text that was written down, or that a library said, is known again by its words where they are known.
        """
        return self.wordings.told(text)

    def has(self, key: str) -> bool:
        """Say whether the catalogue holds `key`."""
        return key in self.messages


@cache
def translator(language: str) -> Translator:
    """Return the words of `language` (one of LANGUAGES); BadInput for another."""
    if language not in LANGUAGES:
        raise BadInput(
            worded("there is no language {language!r}", language=language[:20]),
            mend=worded("use one of {choices}", choices=", ".join(LANGUAGES)),
        )
    folder = files("staycourse") / "locale" / language.replace("-", "_")
    messages: dict[str, tuple[str, ...]] = {}
    wordings: dict[str, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".po"):
            with entry.open("rb") as stream:
                found = _messages(read_po(stream, locale=language.replace("-", "_")))
            if entry.name.startswith("errors"):
                wordings |= {wording: forms[0] for wording, forms in found.items()}
            else:
                messages |= found
    return Translator(language, messages, Wordings(wordings))


def preferred_language(accept_language: str) -> str:
    """Choose from LANGUAGES by an Accept-Language header (RFC 9110, 12.5.4); English when nothing fits."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((float(quality or 1), tag.lower()))
        except ValueError:
            continue
    for _, tag in sorted(wanted, key=lambda pair: -pair[0]):
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"


def _messages(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            if all(forms):
                found[key] = forms
    return found
