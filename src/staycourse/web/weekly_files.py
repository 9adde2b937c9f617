"""The weekly review as files of their own: HTML that needs nothing else, and Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from staycourse.web.charts import Table
from staycourse.web.weekly import WeeklyView

STYLE = """
:root { color-scheme: light dark; --line: light-dark(#e1e4e0, #2c383e); --soft: light-dark(#556260, #a2b0ae);
  --accent: light-dark(#0f6b66, #5cc7bd); --notice: light-dark(#fdf4e1, #33291a); }
body { font: 15px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; margin: 0 auto;
  max-width: 46rem; padding: 2rem 1.25rem; background: light-dark(#fff, #182024); color: light-dark(#1b2524, #e4eae8); }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.125rem; margin: 1.75rem 0 .375rem; color: var(--accent); }
p, ul { margin: .375rem 0; } li { margin-block: .25rem; } .soft { color: var(--soft); }
.notice { background: var(--notice); padding: .625rem .875rem; border-radius: 8px; font-weight: 600; }
.box { overflow-x: auto; } table { border-collapse: collapse; margin: .625rem 0; font-size: .875rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3125rem .75rem .3125rem 0; text-align: start; }
td { text-align: end; font-variant-numeric: tabular-nums; }
"""


def weekly_markdown(view: WeeklyView) -> str:
    """Return the review as a Markdown file; nothing in it can be read as markup."""
    parts = [f"# {_md(view.title)}", _md(view.period)]
    if view.caveat:
        parts.append(f"> **{_md(view.caveat)}**")
    for section in view.sections:
        parts.append(f"## {_md(section.title)}")
        parts.append("\n".join(f"- {_md(line)}" for line in section.lines))
        parts += [_md_table(table) for table in section.tables]
    return "\n\n".join(parts) + "\n"


def weekly_html(view: WeeklyView, language: str) -> str:
    """Return the review as one HTML file that needs nothing else."""
    body = Markup().join(_html(view))
    head = Markup(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{}</title><style>{}</style>"
    ).format(f"{view.title}, {view.period}", Markup(STYLE))  # noqa: S704 (our own)
    return str(Markup('<!doctype html>\n<html lang="{}"><head>{}</head><body>{}</body></html>\n').format(
        language, head, body))  # fmt: skip


def _html(view: WeeklyView) -> Iterator[Markup]:
    yield Markup("<h1>{}</h1><p class=soft>{}</p>").format(view.title, view.period)
    if view.caveat:
        yield Markup("<p class=notice>{}</p>").format(view.caveat)
    for section in view.sections:
        yield Markup("<h2>{}</h2><ul>{}</ul>").format(
            section.title, Markup().join(Markup("<li>{}</li>").format(line) for line in section.lines)
        )
        for table in section.tables:
            head = Markup().join(Markup("<th>{}</th>").format(name) for name in table.columns)
            rows = Markup().join(
                Markup("<tr><th>{}</th>{}</tr>").format(
                    row[0], Markup().join(map(Markup("<td>{}</td>").format, row[1:]))
                )
                for row in table.rows
            )
            yield Markup("<div class=box><table><tr>{}</tr>{}</table></div>").format(head, rows)


def _md(text: str) -> str:
    """Return a text in which Markdown and HTML see no markup (CommonMark 2.4: any ASCII punctuation may be escaped)."""
    plain = " ".join(text.split())
    return "".join("\\" + letter if letter in "\\`*_{}[]<>#|!~&" else letter for letter in plain)


def _md_table(table: Table) -> str:
    rows = [table.columns, ["---", *("---:" for _ in table.columns[1:])], *table.rows]
    lines = ["| " + " | ".join(cell if place == 1 else _md(cell) for cell in row) + " |"
             for place, row in enumerate(rows)]  # fmt: skip
    return "\n".join(lines)
