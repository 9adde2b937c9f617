"""The templates that come with the product: what the default playbooks send, in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from staycourse.care.messages.templates import Template
from staycourse.kernel import LANGUAGES


@cache
def default_templates() -> Mapping[tuple[str, str], Template]:
    """Return the shipped templates by (id, language), read when first asked for."""
    return {(one.id, language): one for language in LANGUAGES for one in _read(language)}


def _read(language: str) -> list[Template]:
    place = files("staycourse.care").joinpath("wording", f"{language.replace('-', '_')}.toml")
    written = tomllib.loads(place.read_text(encoding="utf-8"))
    return [
        Template(name, language, part["subject"].strip(), part["text"].strip(), part["short"].strip())
        for name, part in written.items()
    ]
