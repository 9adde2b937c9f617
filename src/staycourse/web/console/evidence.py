"""The evidence as a view: what each playbook did, with its intervals, and how alerts ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from staycourse.desk import GROUPS, EvidenceLine, EvidenceSheet
from staycourse.kernel import Money, Words
from staycourse.policy import Title
from staycourse.review import Bounds, EndingTally
from staycourse.review.telling import detectable_sentence, evidence_sentences, rule_text
from staycourse.web.charts import Table
from staycourse.web.console.playbooks import playbook_address
from staycourse.web.console.reader import playbook_name
from staycourse.web.forest import ForestRow, Scale, scale_of

VERDICTS = {"helps": "good", "harms": "bad"}


@dataclass(frozen=True, slots=True)
class LineView:
    """One playbook, or all care: the verdict in words and, where there is one, its place in the plot."""

    id: str
    name: str
    address: str
    verdict: str
    verdict_word: str
    look: str
    points: str
    sentences: tuple[str, ...]
    plot: ForestRow | None


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """The page. `state` is ready, waiting (alerts or entries are there, none judged yet) or nothing."""

    state: str
    span: str
    counts: tuple[tuple[str, str, str], ...]
    lines: tuple[LineView, ...]
    plotted: bool
    quiet: tuple[str, ...]
    reach: tuple[str, str]
    twin: Table
    whole: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, str, Table], ...]
    unmeasured: str
    waiting: str


def evidence_view(sheet: EvidenceSheet, words: Words) -> EvidenceView:
    """Return the view of what is known."""
    t = words.t
    lines = [sheet.care, *(line for line in sheet.rows if _begun(line) or line.planned)]
    scale = scale_of([line.evidence.uplift for line in lines if line.evidence.uplift])
    quiet = [playbook_name(line.playbook, line.title, words) for line in sheet.rows if line not in lines]
    reach = words.number(scale.reach, 1)
    return EvidenceView(
        state=_state(sheet),
        span=t("evidence.span", first=words.day(sheet.first), last=words.day(sheet.last))
        if sheet.first and sheet.last
        else "",
        counts=_counts(sheet, words),
        lines=tuple(line_view(line, scale, words) for line in lines),
        plotted=any(line.evidence.uplift for line in lines),
        quiet=tuple(quiet),
        reach=(f"−{reach}", f"+{reach}"),
        twin=forest_table(lines, words),
        whole=_whole(sheet.whole, words) if sheet.whole else (),
        tables=tuple(
            (group, t(f"evidence.by.{group}"), tally_table(sheet.tallies[group], group, sheet.titles, words))
            for group in GROUPS
            if sheet.tallies.get(group)
        ),
        unmeasured=t("playbooks.comma").join(title.of(words.language) for _, title in sheet.unmeasured),
        waiting=_waiting(sheet, words),
    )


def line_view(line: EvidenceLine, scale: Scale, words: Words) -> LineView:
    """Return the view of one line."""
    evidence, t = line.evidence, words.t
    found = evidence.uplift
    sentences = evidence_sentences(evidence, words) if _begun(line) else ()
    if line.planned is not None:
        sentences = (t("evidence.not_begun"), detectable_sentence(line.planned, words))
    return LineView(
        id=line.playbook or "care",
        name=line_name(line, words),
        address=playbook_address(line.playbook) if line.playbook else "",
        verdict=evidence.verdict,
        verdict_word=_verdict_word(line, words),
        look="bad" if evidence.because == "draw_broken" else VERDICTS.get(evidence.verdict, "open"),
        points=t("evidence.points", points=words.signed(100 * found.difference, 1)) if found else "",
        sentences=sentences,
        plot=scale.row(found) if found else None,
    )


def _verdict_word(line: EvidenceLine, words: Words) -> str:
    if not _begun(line):
        return words.t("evidence.word.not_begun")
    broken = line.evidence.because == "draw_broken"
    return words.t("evidence.word.draw_broken" if broken else f"evidence.word.{line.evidence.verdict}")


def line_name(line: EvidenceLine, words: Words) -> str:
    """Return what a line is called."""
    return playbook_name(line.playbook, line.title, words) if line.playbook else words.t("evidence.all_care")


def forest_table(lines: list[EvidenceLine], words: Words) -> Table:
    """Return the plot's table twin."""
    t = words.t
    columns = ("playbook", "judged_by", "helped", "left_alone", "difference", "fixed", "always", "draw", "cost")
    rows = []
    for line in lines:
        one, found = line.evidence, line.evidence.uplift
        rows.append((
            line_name(line, words),
            t(f"evidence.done.{one.judged_by}"),
            t("evidence.of", stayed=words.number(one.treated.successes), all=words.number(one.treated.n)),
            t("evidence.of", stayed=words.number(one.held.successes), all=words.number(one.held.n)),
            words.signed(100 * found.difference, 1) if found else "–",
            bounds_text(found.fixed if found else None, words),
            bounds_text(found.always_valid if found else None, words),
            "–" if one.sample_ratio_p is None else f"{one.sample_ratio_p:.3g}",
            money_text(one.cost_per_kept, words),
        ))  # fmt: skip
    return Table(t("evidence.plot"), tuple(t(f"evidence.column.{name}") for name in columns), tuple(rows))


def tally_table(tallies: Mapping[str, EndingTally], group: str, titles: Mapping[str, Title], words: Words) -> Table:
    """Return how the alerts of each group ended; recall where it is known of any."""
    t = words.t
    recall = ("recall",) if any(one.recall is not None for one in tallies.values()) else ()
    columns = ("judged", "churned", "saved", "false_alarm", "not_judged", "right", "right_helped", *recall, "lead",
               "cost", "cost_saved")  # fmt: skip
    ordered = sorted(tallies.items(), key=lambda pair: (-pair[1].n, pair[0]))
    rows = tuple(
        (
            group_name(name, group, titles, words), words.number(one.n), words.number(one.churned),
            words.number(one.saved), words.number(one.false_alarms), words.number(one.not_judged),
            words.percent(one.precision_untreated, 1), words.percent(one.precision_treated, 1),
            *(words.percent(one.recall, 1) for _ in recall),
            "–" if one.median_lead_days is None else words.number(one.median_lead_days, 1),
            money_text(one.cost, words), money_text(one.cost_per_saved, words),
        )
        for name, one in ordered
    )  # fmt: skip
    return Table(t(f"evidence.by.{group}"), (t(f"evidence.group.{group}"),
                 *(t(f"evidence.column.{name}") for name in columns)), rows)  # fmt: skip


def group_name(name: str, group: str, titles: Mapping[str, Title], words: Words) -> str:
    """Return what one group of alerts is called."""
    match group:
        case "rule":
            return rule_text(name, words)
        case "cause":
            return words.named("cause", name, "name")
        case "playbook":
            return playbook_name(name, titles.get(name), words)
    return words.named(group, name)


def bounds_text(bounds: Bounds | None, words: Words) -> str:
    """Return an interval in percentage points."""
    if bounds is None:
        return "–"
    return words.t("evidence.bounds", low=words.signed(100 * bounds.low, 1), high=words.signed(100 * bounds.high, 1))


def money_text(money: Money | None, words: Words) -> str:
    """Return an amount, a dash where there is none."""
    return words.money(money.minor, money.currency) if money else "–"


def _begun(line: EvidenceLine) -> bool:
    return line.evidence.treated.n + line.evidence.held.n > 0


def _state(sheet: EvidenceSheet) -> str:
    if sheet.judged or sheet.entries:
        return "ready"
    return "waiting" if sheet.waiting or sheet.entries_waiting else "nothing"


def _waiting(sheet: EvidenceSheet, words: Words) -> str:
    """Say what has no ending yet: alerts, and entries that no alert began."""
    said = [words.t("evidence.waiting", n=sheet.waiting, count=words.number(sheet.waiting))]
    if sheet.entries_waiting:
        count = words.number(sheet.entries_waiting)
        said.append(words.t("evidence.entries_waiting", n=sheet.entries_waiting, count=count))
    return " ".join(said)


def _counts(sheet: EvidenceSheet, words: Words) -> tuple[tuple[str, str, str], ...]:
    """Return the tiles: how alerts ended, each with what that means."""
    whole, t = sheet.whole, words.t
    if whole is None:
        return ()
    counts = (("saved", whole.saved), ("churned", whole.churned), ("false_alarm", whole.false_alarms),
              ("not_judged", whole.not_judged))  # fmt: skip
    return tuple(
        (t(f"evidence.ending.{name}"), words.number(count), t(f"evidence.ending.{name}.means"))
        for name, count in counts
    )


def _whole(whole: EndingTally, words: Words) -> tuple[tuple[str, str], ...]:
    t = words.t
    lead = whole.median_lead_days
    facts = [
        (t("evidence.fact.right"), words.percent(whole.precision_untreated, 1)),
        (t("evidence.fact.right_helped"), words.percent(whole.precision_treated, 1)),
        (t("evidence.fact.lead"), "–" if lead is None else t("console.days", n=round(lead))),
        (t("evidence.fact.cost"), money_text(whole.cost, words)),
        (t("evidence.fact.held_contacted"), words.number(whole.contacted_despite_hold_out)),
    ]
    return tuple(facts)
