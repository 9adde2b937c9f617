"""Make the generated pages of docs/ from the code that they describe: events.md, signals.md, importing-tables.md.

`python tools/make_docs.py` writes them; `--check` says which are out of date and exits 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from staycourse.adapters.importers.moodle.table import ANY_ACTIVITY_VIEWED
from staycourse.adapters.importers.moodle.table import KINDS as MOODLE_KINDS
from staycourse.adapters.importers.openedx.table import KINDS as OPENEDX_KINDS
from staycourse.adapters.importers.openedx.table import PAGES as OPENEDX_PAGES
from staycourse.adapters.importers.openedx.table import TAKES as OPENEDX_TAKES
from staycourse.adapters.importers.openedx.table import Kind as OpenedxKind
from staycourse.events import COUNTERS, FAMILIES, SCHEMA_VERSION, VERBS, Counter, Verb
from staycourse.events.xapi import ACTIVITY_KINDS, DEFAULT_RULES, KINDS, TAKES
from staycourse.kernel import translator
from staycourse.signals import CATALOGUE

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> int:
    """Write or check every generated page."""
    stale = []
    for name, make in PAGES.items():
        place, text = DOCS / name, make()
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                place.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/{name} {'is out of date: run make docs' if '--check' in sys.argv else 'written'}")
    return 1 if stale and "--check" in sys.argv else 0


def events_page() -> str:
    """Return the page of the vocabulary and its counters."""
    lines = [
        "# The vocabulary of events",
        "",
        "*Generated from `events/vocabulary.py` and `events/counters.py` by `make docs`; do not edit.*",
        "",
        f"Schema version {SCHEMA_VERSION}. An event has `event_id`, `learner`, `verb`, `time` and, where the verb asks",
        "for them, `course`, `object`, `value` (always a whole number in the verb's unit), `attributes` (texts). The",
        "marks: **L** is learning activity (its absence is what churn is), **P** shows that the learner was present,",
        "**T** means that `attributes.text` holds the learner's own words, which text feeling reads.",
    ]
    for family in FAMILIES:
        lines += ["", f"## {translator('en').text(f'family.{family}')}", ""]
        verbs = [verb for verb in VERBS if verb.family == family]
        lines += table(("verb", "object", "value", "needs", "marks"), map(_verb_row, verbs))
    lines += [
        "",
        "## Counters",
        "",
        "What the rollup keeps for each (tenant, ingest day, event day, learner, course): whole numbers that add up.",
        "",
        *table(("counter", "counted from", "adds", "where"), map(_counter_row, COUNTERS)),
    ]
    return "\n".join(lines) + "\n"


def signals_page() -> str:
    """Return the page of the catalogue of signals."""
    english, chinese = translator("en"), translator("zh-CN")
    lines = [
        "# The catalogue of signals",
        "",
        "*Generated from `signals/` by `make docs`; do not edit.*",
        "",
        f"{len(CATALOGUE)} signals. Each has exactly one definition, which the nightly path, the rules, the model, the",
        "console and this page read. ↑ means that a higher value goes with a higher risk, ↓ with a lower one.",
    ]
    for category in dict.fromkeys(signal.category for signal in CATALOGUE):
        lines += ["", f"## {english.text(f'category.{category}')}", ""]
        rows = [
            (
                f"`{signal.name}` {' ↑↓'[signal.direction]}",
                english.text(f"signal.{signal.name}.name"),
                chinese.text(f"signal.{signal.name}.name"),
                english.text(f"signal.{signal.name}.explain"),
                signal.cause or "",
            )
            for signal in CATALOGUE
            if signal.category == category
        ]
        lines += table(("signal", "name", "名称", "what it is", "speaks for the cause"), rows)
    return "\n".join(lines) + "\n"


def importing_tables_page() -> str:
    """Return the page of what foreign events become."""
    lines = [
        "# What foreign events become",
        "",
        "*Generated from `adapters/importers/` and `events/xapi/` by `make docs`; do not edit. How each format is read",
        "is told in [Importing](importing.md), our verbs in [Events](events.md).*",
        "",
        "## Open edX tracking logs",
        "",
        *table(("event_type", "becomes", "object", "value"), map(_openedx_row, OPENEDX_KINDS)),
        "",
        "A request that the server logged (`event_type` is its path) is a view, by what follows `/courses/COURSE/`:",
        "",
        *table(("path", "becomes"), ((f"`{path}/`", f"`{verb}`") for path, verb in OPENEDX_PAGES)),
        "",
        "## Moodle's log store",
        "",
        *table(("eventname", "becomes"), ((_ticked(kind.names), f"`{kind.verb}`") for kind in MOODLE_KINDS)),
        "",
        f"Any other activity's `{ANY_ACTIVITY_VIEWED}` is `content_viewed`. Clicks count 1 each.",
        "",
        "## xAPI statements",
        "",
        "By verb and by the kind of activity it was done to; a row of no kind holds for every kind without a row of",
        "its own.",
        "",
    ]
    rules = (
        (
            "<br>".join(f"`{iri}`" for iri in rule.iris), rule.kind, f"`{rule.verb}`" if rule.verb else "not used",
            rule.why or f"{TAKES[rule.take]}{f'; else `{rule.otherwise}`' if rule.otherwise else ''}",
        )
        for rule in DEFAULT_RULES
    )  # fmt: skip
    lines += table(("verb", "kind", "becomes", "value"), rules)
    lines += ["", "An activity's kind is told by its type:", ""]
    kinds = ((kind, "<br>".join(f"`{iri}`" for iri, of in ACTIVITY_KINDS.items() if of == kind)) for kind in KINDS)
    lines += table(("kind", "types"), kinds)
    return "\n".join(lines) + "\n"


def _ticked(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _openedx_row(kind: OpenedxKind) -> tuple[str, ...]:
    subject = " (of the payload's `user_id`)" if kind.subject else ""
    return _ticked(kind.types), f"`{kind.verb}`{subject}", _ticked(kind.thing), OPENEDX_TAKES[kind.take]


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table."""
    return [
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows),
    ]


def _verb_row(verb: Verb) -> tuple[str, ...]:
    bounds = f" ({verb.least} to {verb.most})" if verb.unit and verb.most < 2**53 else ""
    needs = ", ".join(name for name, needed in (("course", verb.needs_course), ("value", verb.needs_value)) if needed)
    marks = "".join(mark for mark, held in (("L", verb.learning), ("P", verb.presence), ("T", verb.text)) if held)
    return f"`{verb.name}`", verb.object, f"{verb.unit}{bounds}" if verb.unit else "none", needs, marks


def _counter_row(counter: Counter) -> tuple[str, ...]:
    conditions = (
        ("value ≥", counter.value_from),
        ("value <", counter.value_below),
        ("hour ≥", counter.hour_from),
        ("hour <", counter.hour_below),
        ("feeling =", counter.feeling),
    )
    where = ", ".join(f"{text} {bound}" for text, bound in conditions if bound is not None)
    verbs = ", ".join(f"`{verb}`" for verb in counter.verbs) if len(counter.verbs) < 12 else _marked(counter)
    return f"`{counter.name}`", verbs, "1" if counter.measure == "count" else "value", where


def _marked(counter: Counter) -> str:
    marks = (("learning", "every verb marked L"), ("presence", "every verb marked P"), ("text", "every verb marked T"))
    for mark, name in marks:
        if set(counter.verbs) == {verb.name for verb in VERBS if getattr(verb, mark)}:
            return name
    return ", ".join(f"`{verb}`" for verb in counter.verbs)


PAGES: dict[str, Callable[[], str]] = {
    "events.md": events_page,
    "importing-tables.md": importing_tables_page,
    "signals.md": signals_page,
}

if __name__ == "__main__":
    sys.exit(main())
