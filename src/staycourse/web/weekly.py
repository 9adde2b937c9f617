"""The weekly review in words: one view for the page, the HTML file and the Markdown file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from staycourse.desk import EvidenceLine, WeekReview
from staycourse.kernel import Words
from staycourse.review import EndingTally
from staycourse.review.telling import bound_text, rule_text, verdict_sentence
from staycourse.web.charts import Table


@dataclass(frozen=True, slots=True)
class Section:
    """One answer of the review: what is said, and figures beside it."""

    id: str
    title: str
    lines: tuple[str, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class WeeklyView:
    """The review, in words."""

    title: str
    period: str
    caveat: str
    headline: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]
    week: str
    newer: str
    older: str


def weekly_view(review: WeekReview, words: Words) -> WeeklyView:
    """Return the view of one week."""
    t = words.t
    return WeeklyView(
        title=t("weekly.heading"),
        period=t("weekly.period" if review.whole else "weekly.period.running", first=words.day(review.first),
                 last=words.day(review.last)),
        caveat=t(f"weekly.{review.caveat}") if review.caveat else "",
        headline=_headline(review, words),
        sections=tuple(
            Section(name, t(f"weekly.{name}"), tuple(lines(review, words)), tuple(tables(review, words)))
            for name, lines, tables in (
                ("saw", _saw, _no_tables), ("did", _did, _no_tables), ("saved", _saved, _no_tables),
                ("wolf", _wolf, _rules), ("worked", _worked, _no_tables), ("propose", proposals, _no_tables),
            )
        ),
        week=review.first.isoformat(),
        newer=(review.first + timedelta(days=7)).isoformat() if review.whole else "",
        older=(review.first - timedelta(days=7)).isoformat(),
    )  # fmt: skip


def _headline(review: WeekReview, words: Words) -> tuple[tuple[str, str, str], ...]:
    """Return the tiles: alerts, messages, saved, false alarms, each with what it was the week before."""
    t, whole, before = words.t, review.ended.whole, review.ended.before

    def against(earlier: int | None) -> str:
        return "" if earlier is None else t("weekly.before", count=words.number(earlier))

    sent = sum(count for _, count in review.done.messages)
    return (
        (t("weekly.tile.alerts"), words.number(review.seen.alerts),
         against(review.seen.alerts_before)),
        (t("weekly.tile.messages"), words.number(sent), ""),
        (t("weekly.tile.saved"), words.number(whole.saved if whole else 0),
         against(before.saved if before else None)),
        (t("weekly.tile.false"), words.number(whole.false_alarms if whole else 0),
         against(before.false_alarms if before else None)),
    )  # fmt: skip


def _saw(review: WeekReview, words: Words) -> Iterator[str]:
    t, seen = words.t, review.seen
    if not seen.nights:
        yield t("weekly.saw.no_night")
    elif seen.enrolments is not None:
        yield t("weekly.saw.watched", n=seen.nights, enrolments=words.number(seen.enrolments))
    yield t("weekly.saw.alerts", n=seen.alerts, count=words.number(seen.alerts))
    if seen.by_cause:
        causes = [(words.named("cause", name, "name"), count) for name, count in seen.by_cause[:4]]
        yield t("weekly.saw.causes", list=_counted(causes, words))
    core = dict(seen.by_tier).get("core", 0)
    if core:
        yield t("weekly.saw.core", n=core, count=words.number(core))
    if seen.overdue:
        yield t("weekly.saw.overdue", n=seen.overdue, count=words.number(seen.overdue))


def _did(review: WeekReview, words: Words) -> Iterator[str]:
    t, done = words.t, review.done
    yield t("weekly.did.journeys", n=done.journeys, count=words.number(done.journeys),
            held=words.number(done.held_out))  # fmt: skip
    sent = sum(count for _, count in done.messages)
    if sent:
        channels = [(words.named("channel", name), count) for name, count in done.messages]
        yield t("weekly.did.messages", n=sent, count=words.number(sent), list=_counted(channels, words))
    else:
        yield t("weekly.did.no_messages")
    if done.kept_back:
        reasons = [(words.named("withheld", name), count) for name, count in done.kept_back[:4]]
        kept = sum(count for _, count in done.kept_back)
        yield t("weekly.did.kept_back", n=kept, count=words.number(kept), list=_counted(reasons, words))
    if done.failed:
        yield t("weekly.did.failed", n=done.failed, count=words.number(done.failed))
    finished = sum(count for _, count in done.tasks_done)
    if finished or done.tasks_asked:
        outcomes = [(words.named("task.outcome", name), count) for name, count in done.tasks_done]
        yield t("weekly.did.tasks", n=finished, count=words.number(finished), asked=words.number(done.tasks_asked),
                hours=words.number(done.minutes / 60, 1))  # fmt: skip
        if outcomes:
            yield t("weekly.did.outcomes", list=_counted(outcomes, words))
    if done.tasks_late:
        yield t("weekly.did.late", n=done.tasks_late, count=words.number(done.tasks_late))


def _saved(review: WeekReview, words: Words) -> Iterator[str]:
    t, whole = words.t, review.ended.whole
    if whole is None:
        yield t("weekly.saved.none")
        return
    yield t("weekly.saved.judged", n=whole.n, count=words.number(whole.n))
    yield t("weekly.saved.saved", n=whole.saved, count=words.number(whole.saved))
    yield t("weekly.saved.left", n=whole.churned, count=words.number(whole.churned), lead=_days(whole, words))
    if whole.not_judged:
        yield t("weekly.saved.not_judged", n=whole.not_judged, count=words.number(whole.not_judged))
    if whole.cost is not None:
        yield t("weekly.saved.cost", cost=words.money(whole.cost.minor, whole.cost.currency))
    yield t("weekly.saved.proof")


def _wolf(review: WeekReview, words: Words) -> Iterator[str]:
    t, whole = words.t, review.ended.whole
    if whole is None or not whole.n:
        yield t("weekly.wolf.none")
        return
    yield t("weekly.wolf.false", n=whole.false_alarms, count=words.number(whole.false_alarms),
            share=words.percent(whole.false_alarms / whole.n))  # fmt: skip
    if whole.precision_untreated is not None:
        yield t("weekly.wolf.right", share=words.percent(whole.precision_untreated),
                count=words.number(whole.n_untreated))  # fmt: skip
    for rule, tally in review.ended.wolves[:3]:
        yield t("weekly.wolf.rule", rule=rule_text(rule, words), share=words.percent(tally.false_alarms / tally.n),
                count=words.number(tally.n))  # fmt: skip
    yield _budget(review, words)


def _budget(review: WeekReview, words: Words) -> str:
    """Say what the week came to beside the stated alert budget."""
    alerts, whole = review.policy.alerts, review.ended.whole
    per_day = words.number(review.seen.alerts / 7, 1)
    right = words.percent(whole.precision_untreated) if whole and whole.precision_untreated is not None else "–"
    if alerts.budget_per_day == "unlimited" and not alerts.budget_precision:
        return words.t("weekly.budget.none", per_day=per_day)
    return words.t("weekly.budget", per_day=per_day, right=right, bound=bound_text(alerts.budget_per_day, words),
                   asked=words.percent(alerts.budget_precision))  # fmt: skip


def _worked(review: WeekReview, words: Words) -> Iterator[str]:
    t = words.t
    yield t("weekly.worked.care", verdict=verdict_sentence(review.care.evidence, words))
    known = [line for line in review.playbooks if line.evidence.verdict != "not_yet_known"
             or line.evidence.because == "draw_broken"]  # fmt: skip
    for line in known:
        yield t("weekly.worked.playbook", name=_name(line, words), verdict=verdict_sentence(line.evidence, words))
    open_ones = [_so_far(line, words) for line in review.playbooks if line not in known and line.evidence.treated.n]
    if open_ones:
        yield t("weekly.worked.open", names=t("playbooks.comma").join(open_ones))


def _so_far(line: EvidenceLine, words: Words) -> str:
    """Name a playbook of which too little is known; and how much, where outcomes are lacking."""
    name, one = _name(line, words), line.evidence
    if one.because != "too_few_outcomes":
        return name
    return words.t("weekly.worked.few", name=name, outcomes=words.number(one.outcomes), needed=words.number(one.needed))


def proposals(review: WeekReview, words: Words) -> Iterator[str]:
    """Yield what a person should decide on, the gravest first. Nothing is changed by it."""
    t, found = words.t, 0
    for line in (review.care, *review.playbooks):
        name = _name(line, words)
        if line.evidence.because == "draw_broken":
            yield t("weekly.propose.draw", name=name)
        elif line.evidence.verdict == "harms":
            yield t("weekly.propose.stop", name=name)
        elif any(rail.state == "harm" for rail in line.evidence.guard_rails):
            yield t("weekly.propose.guard", name=name)
        else:
            continue
        found += 1
    whole = review.ended.whole
    other = [
        ("held", bool(whole and whole.contacted_despite_hold_out), whole.contacted_despite_hold_out if whole else 0),
        ("late", review.done.tasks_late > 0, review.done.tasks_late),
        ("overdue", review.seen.overdue > 0, review.seen.overdue),
        ("failed", review.done.failed > 0, review.done.failed),
        ("wolf", bool(review.ended.wolves), len(review.ended.wolves)),
        ("no_night", review.seen.nights == 0, 0),
    ]
    for name, holds, count in other:
        if holds:
            found += 1
            yield t(f"weekly.propose.{name}", n=count, count=words.number(count))
    yield t("weekly.propose.policy" if found else "weekly.propose.nothing")


def _rules(review: WeekReview, words: Words) -> Iterator[Table]:
    if not review.ended.by_rule:
        return
    t = words.t
    rows = [
        (rule_text(rule, words), words.number(one.n), words.number(one.churned), words.number(one.saved),
         words.number(one.false_alarms), words.percent(one.precision_untreated))
        for rule, one in sorted(review.ended.by_rule, key=lambda pair: -pair[1].n)[:8]
    ]  # fmt: skip
    columns = ("judged", "churned", "saved", "false_alarm", "right")
    yield Table(t("evidence.by.rule"), (t("evidence.group.rule"), *(t(f"evidence.column.{name}") for name in columns)),
                tuple(rows))  # fmt: skip


def _no_tables(_review: WeekReview, _words: Words) -> Iterable[Table]:
    return ()


def _name(line: EvidenceLine, words: Words) -> str:
    if line.title is not None:
        return line.title.of(words.language)
    return line.playbook.replace("_", " ") if line.playbook else words.t("evidence.all_care")


def _counted(pairs: Sequence[tuple[str, int]], words: Words) -> str:
    said = [words.t("weekly.counted", name=name, count=words.number(count)) for name, count in pairs]
    return words.t("playbooks.comma").join(said)


def _days(tally: EndingTally, words: Words) -> str:
    lead = tally.median_lead_days
    return "–" if lead is None else words.t("console.days", n=round(lead))
