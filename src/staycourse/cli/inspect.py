"""The verbs that only look into a home: risks, learner, churn-definition."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

import click
import msgspec

from staycourse.app.care import Care
from staycourse.app.desks import HomeAlerts
from staycourse.app.homes import Home, open_home
from staycourse.cli.nightly import Day
from staycourse.cli.options import Shared, verb
from staycourse.cli.show import show_json, show_table
from staycourse.desk import EnrolmentRisk, LearnerStory, ReturnCurve, course_sentences, own_reasons, reason_text
from staycourse.kernel import Translator, words_of


def risks_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "risks")
    @click.option("--as-of", type=Day(), help=say.text("cli.risks.as_of"))
    @click.option(
        "--top", type=click.IntRange(1, 100_000), default=20, show_default=True, help=say.text("cli.risks.top")
    )
    def run(shared: Shared, as_of: date | None, top: int) -> None:
        with open_home(shared.settings(), writing=False, begun=True) as home:
            found = home.desk().risks(home.tenant, as_of, top)
            alone = _left_alone(home, [risk.learner for risk in found])
        found = tuple(_unprompted(risk, alone) for risk in found)
        if shared.json:
            show_json([risk_in_words(say, risk) for risk in found])
            return
        columns = (("learner", "course"), ("risk", "tier"), ("absent",), ("cause", "rules"), ("why",))
        titles = ["\n".join(say.text(f"cli.risks.{name}") for name in names) for names in columns]
        for risk in found[:1]:
            click.echo(say.text("cli.risks.basis", as_of=risk.as_of, basis=say.text(f"cli.basis.{risk.basis}")))
        show_table(titles, [_risk_row(say, risk) for risk in found])
        if any(risk.gone for risk in found):
            click.echo(say.text("cli.risks.gone.note"))
        for line in course_sentences(found, words_of(say.language)):
            click.echo(line)

    return run


def learner_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "learner")
    @click.argument("learner")
    @click.option("--before", type=Day(), help=say.text("cli.learner.before"))
    def run(shared: Shared, learner: str, before: date | None) -> None:
        with open_home(shared.settings(), writing=False, begun=True) as home:
            story = home.desk().learner(home.tenant, learner, before)
            alone = _left_alone(home, [learner])
        if shared.json:
            known = [replace(one, now=_unprompted(one.now, alone)) if one.now else one for one in story.enrolments]
            story = replace(story, enrolments=tuple(known))
            show_json(story_in_words(say, story))
            return
        for enrolment in story.enrolments:
            state = say.text(f"state.{enrolment.state}")
            click.echo(f"{enrolment.course.title or enrolment.course.course} ({state})")
            if enrolment.now:
                click.echo(f"  {say.text('cli.risks.risk')} {enrolment.now.risk:.1%}  {_why(say, enrolment.now)}")
                for line in course_sentences([enrolment.now], words_of(say.language)):
                    click.echo(f"  {line}")
                if enrolment.now.gone:
                    click.echo(f"  {say.text('cli.risks.gone.note')}")
            if enrolment.history:
                show_table(
                    [say.text("cli.learner.as_of"), say.text("cli.risks.risk")],
                    [[day, f"{risk:.1%}"] for day, risk in enrolment.history],
                )
        if not story.timeline:
            click.echo(say.text("cli.learner.nothing"))
            return
        show_table(
            [say.text(f"cli.learner.{name}") for name in ("day", "course", "what", "count", "object")],
            [
                [entry.day, entry.course, say.text(f"verb.{entry.verb}"), entry.count, entry.object]
                for entry in story.timeline
            ],
        )

    return run


def churn_verb(say: Translator) -> click.Command:
    """Build the verb in one language."""

    @verb(say, "churn-definition")
    def run(shared: Shared) -> None:
        with open_home(shared.settings(), writing=False, begun=True) as home:
            definition = home.desk().churn_definition(home.tenant)
        if shared.json:
            show_json(definition)
            return
        click.echo(say.text("cli.churn.in_force", days=definition.horizon_days))
        click.echo(_reasoning(say, definition.overall))
        show_table(
            [say.text(f"cli.churn.{name}") for name in ("days", "gaps", "share")],
            [[point.days, point.gaps, f"{point.share:.1%}"] for point in definition.overall.points],
        )
        show_table(
            [say.text(f"cli.churn.{name}") for name in ("course", "proposed", "why")],
            [[curve.title, curve.proposed_horizon, _reasoning(say, curve)] for curve in definition.courses],
        )

    return run


def _left_alone(home: Home, learners: Collection[str]) -> frozenset[tuple[str, str]]:
    """Return who is held out, each with the cause of it: nothing is to be done for them."""
    standing = HomeAlerts(Care(home)).standing(home.tenant, learners)
    return frozenset(key for key, line in standing.items() if line.left_alone)


def _unprompted(risk: EnrolmentRisk, alone: Collection[tuple[str, str]]) -> EnrolmentRisk:
    """Return a risk without a suggestion where the learner is held out, as the console shows it."""
    held_out = (risk.learner, risk.cause) in alone
    return replace(risk, suggestion="", then="", due_hours=None) if held_out else risk


def risk_in_words(say: Translator, risk: EnrolmentRisk) -> dict[str, object]:
    """Return one risk for machines, its reasons in words beside their numbers."""
    return {
        "learner": risk.learner,
        "name": risk.name,
        "course": risk.course,
        "as_of": risk.as_of,
        "tier": risk.tier,
        "risk": risk.risk,
        "learner_risk": risk.learner_risk,
        "value": risk.value,
        "absent_days": risk.absent_days,
        "gone": risk.gone,
        "cause": risk.cause,
        "reasons": reasons_in_words(say, risk),
        "categories": dict(risk.categories),
        "rules": list(risk.rules),
        "suggestion": risk.suggestion,
        "basis": risk.basis,
    }


def reasons_in_words(say: Translator, risk: EnrolmentRisk) -> list[dict[str, object]]:
    """Return the reasons of a risk for machines, each in words beside its numbers."""
    return [
        {
            "signal": reason.signal,
            "category": reason.category,
            "contribution": reason.contribution,
            "value": reason.value,
            "words": reason_text(reason, words_of(say.language)),
        }
        for reason in risk.reasons
    ]


def story_in_words(say: Translator, story: LearnerStory) -> dict[str, object]:
    """Return a learner's story for machines, the reasons in it in words beside their numbers."""
    told: dict[str, object] = msgspec.to_builtins(story)
    told["enrolments"] = [
        msgspec.to_builtins(one)
        | ({"now": msgspec.to_builtins(one.now) | {"reasons": reasons_in_words(say, one.now)}} if one.now else {})
        for one in story.enrolments
    ]
    return told


def _why(say: Translator, risk: EnrolmentRisk) -> str:
    own = own_reasons(risk.reasons)[:3]
    return say.text("cli.risks.between").join(reason_text(reason, words_of(say.language)) for reason in own)


def _risk_row(say: Translator, risk: EnrolmentRisk) -> list[object]:
    """Return the cells of an enrolment: what is short above each other, so that the reasons have room in 80 columns."""
    told = (f"cause.{risk.cause}.name", *(f"rule.{rule}.name" for rule in risk.rules))
    return [
        f"{risk.name or risk.learner}\n{risk.course_title}",
        f"{risk.risk:.1%}\n{say.text(f'tier.{risk.tier}')}",
        f"{risk.absent_days}\n{say.text('cli.risks.gone')}" if risk.gone else risk.absent_days,
        "\n".join(say.text(name) for name in told),
        _why(say, risk),
    ]


def _reasoning(say: Translator, curve: ReturnCurve) -> str:
    return words_of(say.language).filled(curve.reasoning, curve.values)
