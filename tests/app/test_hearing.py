"""What comes back by mail takes effect at once, through the same place as what learners say over links."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from public_pages import LEARNER, NOW, public_home
from small_platform import Run
from sqlalchemy import select

from staycourse.adapters.channels import MailReport
from staycourse.adapters.store import LawBook, schema
from staycourse.app.care import Hearing, run_tick
from staycourse.app.desks.advisor_desk import HomeAdvisors
from staycourse.care import Draw
from staycourse.desk import TaskFilter


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Hearing]:
    made = public_home(tmp_path / "home")
    [address] = made.person("main", LEARNER).addresses
    with made.care.home.database.writing() as connection:
        connection.execute(
            schema.messages.insert().values(
                tenant="main", key="1:2:0", learner=LEARNER, course="c", journey=1, node=2, playbook="p",
                purpose="care", template="t", details={}, state="sent", due=NOW, created=NOW, channel="email",
                address=address.address, provider_id="<m1@x.org>",
            )
        )  # fmt: skip
    yield made
    made.care.home.close()


def outward(hearing: Hearing) -> list[tuple[str, str]]:
    return [(event.verb, event.object) for event in hearing.care.facts.outward("main", 10)]


def usable(hearing: Hearing) -> bool:
    [address] = hearing.person("main", LEARNER).addresses
    return not address.disabled


@pytest.mark.parametrize(
    "report",
    [
        MailReport("complaint", "<m1@x.org>", "", "abuse"),
        MailReport("complaint", "", "ADA@x.org", "abuse", key="main:1:2:0"),
    ],
)
def test_a_complaint_ends_all_mail_at_once(hearing: Hearing, report: MailReport) -> None:
    for _ in range(2):
        assert hearing.mail("main", report) == 1
    assert outward(hearing) == [("unsubscribed", "email")] and not usable(hearing)
    assert [row["source"] for row in hearing.care.people.consents("main", LEARNER)] == ["complaint"]
    assert not hearing.care.journeys.active("main", [LEARNER])


def test_a_reply_ends_the_journey_and_asks_a_person_to_answer_it(hearing: Hearing) -> None:
    report = MailReport("reply", "<m1@x.org>", "ada@x.org", "Re: hello")
    assert hearing.mail("main", report) == 1 and hearing.mail("main", report) == 1
    assert outward(hearing) == [("contact_replied", "1:2:0")] and usable(hearing)
    [left] = hearing.care.journeys.active("main", [LEARNER])
    assert left.playbook == "reply_answered" and not hearing.care.people.consents("main", LEARNER)


def test_the_words_of_a_reply_reach_whoever_is_to_answer_it_and_alert_where_they_are_bitter(hearing: Hearing) -> None:
    care, words = hearing.care, "This is terrible. I want my money back, please call me."
    for _ in range(2):
        assert hearing.mail("main", MailReport("reply", "<m1@x.org>", "ada@x.org", "Re: hello", text=words)) == 1
    run_tick(care)
    (task,) = care.tasks.queue("main")
    assert task["learner"] == LEARNER and task["due"] - task["created"] == timedelta(hours=4)
    story = HomeAdvisors(care).task("main", str(task["task"]), care.home.settings.clock.now())
    assert (story.line.script, story.line.also) == ("unhappy", ("reply",)), "one task with both reasons"
    assert story.alert is not None and [one.reason for one in story.before] == ["joined"]
    assert [note.text for note in story.said] == [words], "told twice, kept once"
    assert [(one.cause, one.rules) for one in care.alerts.standing("main", NOW)[0]] == [("unhappy", ("negative_post",))]


def test_a_bitter_reply_costs_one_tasks_minutes_and_is_asked_for_anew_when_that_task_goes(hearing: Hearing) -> None:
    care = hearing.care
    hearing.mail("main", MailReport("reply", "<m1@x.org>", "ada@x.org", "Re", text="This is terrible, call me."))
    run_tick(care)
    used = HomeAdvisors(care).tasks("main", TaskFilter(), care.home.settings.clock.now()).minutes_used
    assert used == 20, "those of the reply are free again"
    (begun,) = [one.journey for one in care.journeys.active("main", [LEARNER]) if one.playbook == "person_answers"]
    care.journeys.leave("main", [begun], "unsubscribe", care.home.settings.clock.now())
    run_tick(care)
    assert [task["script"] for task in care.tasks.queue("main")] == ["reply"]


def claimed_before_its_alert(hearing: Hearing) -> str:
    """Let somebody claim the task of a bitter reply just before the task of its alert opens; return the claimed one."""
    care, table = hearing.care, schema.tasks
    hearing.mail("main", MailReport("reply", "<m1@x.org>", "ada@x.org", "Re", text="This is terrible, call me."))
    run_tick(care)
    with care.home.database.writing() as connection:
        mine = {"state": "claimed", "owner": "ann", "reason": "", "alert": "", "finished": None}
        task = connection.execute(
            table.update().where(table.c.script == "reply").values(mine).returning(table.c.task)
        ).scalar_one()
        connection.execute(table.update().where(table.c.script == "unhappy").values(state="asked"))
    care.tasks.open_asked("main", care.home.policy("main"), NOW.strftime("%Y-%m"))
    return str(task)


def test_an_alert_of_a_reply_that_somebody_is_answering_already_is_told_there_as_another_reason(
    hearing: Hearing,
) -> None:
    care, now = hearing.care, hearing.care.home.settings.clock.now()
    task = claimed_before_its_alert(hearing)
    (queued,) = care.tasks.queue("main")
    assert (queued["task"], queued["state"], queued["owner"]) == (task, "claimed", "ann"), "not asked for twice"
    desk = HomeAdvisors(care)
    story = desk.task("main", task, now)
    assert (story.line.script, story.line.also) == ("reply", ("unhappy",)) and story.alert is not None
    assert desk.tasks("main", TaskFilter(), now).minutes_used == 20, "those of the second are free again"
    care.tasks.finish("main", task, "ann", "reached", "", now)
    table = schema.facts
    with care.home.database.reading() as connection:
        told = {row.fact: row.words for row in connection.execute(select(table).where(table.c.fact.like("task:%")))}
    assert told == {"task:reply": "reached", "task:unhappy": "reached"}


def test_the_alerts_own_task_is_asked_for_anew_where_the_one_that_took_it_in_goes_unheard(hearing: Hearing) -> None:
    care = hearing.care
    task = claimed_before_its_alert(hearing)
    table = schema.tasks
    with care.home.database.writing() as connection:  # as where its journey is left while somebody has it
        connection.execute(table.update().where(table.c.task == task).values(reason="unsubscribe"))
    care.tasks.release("main", task, care.home.settings.clock.now())
    run_tick(care)
    (left,) = care.tasks.queue("main")
    assert left["script"] == "unhappy" and left["alert"], "it still speaks of its alert"


def test_nobody_is_asked_to_answer_a_reply_of_who_is_being_erased(hearing: Hearing) -> None:
    care = hearing.care
    hearing.mail("main", MailReport("reply", "<m1@x.org>", "ada@x.org", "Re", text="This is terrible, call me."))
    run_tick(care)
    LawBook(care.home.database).begin("main", LEARNER, care.home.settings.clock.now())
    assert care.tasks.queue("main", ("asked", "open", "claimed")) == []


def test_a_bitter_reply_that_is_answered_counts_as_answered_for_both(hearing: Hearing) -> None:
    care, now = hearing.care, hearing.care.home.settings.clock.now()
    hearing.mail("main", MailReport("reply", "<m1@x.org>", "ada@x.org", "Re", text="This is terrible, call me."))
    run_tick(care)
    (task,) = care.tasks.queue("main")
    care.tasks.finish("main", str(task["task"]), "ann", "reached", "", now)
    table = schema.facts
    with care.home.database.reading() as connection:
        told = {row.fact: row.words for row in connection.execute(select(table).where(table.c.fact.like("task:%")))}
    assert told == {"task:reply": "reached", "task:unhappy": "reached"}
    assert [one["script"] for one in care.tasks.queue("main", ("done",))] == ["unhappy"]


def test_a_second_reply_is_answered_too_even_of_who_is_kept_out_of_everything(hearing: Hearing) -> None:
    hearing.care.journeys.draw_whole("main", [Draw(LEARNER, "*", "regular", "held_out", 1.0)], NOW)
    for number in (1, 2):
        hearing.mail("main", MailReport("reply", "<m1@x.org>", "ada@x.org", "Re", text=f"{number}? please call me"))
    run_tick(hearing.care)
    assert len([task for task in hearing.care.tasks.queue("main") if task["script"] == "reply"]) == 2


def test_a_dead_address_is_disabled_and_the_journey_goes_on(hearing: Hearing) -> None:
    assert hearing.mail("main", MailReport("bounce_temporary", "<m1@x.org>", "", "4.2.2")) == 1 and usable(hearing)
    assert hearing.mail("main", MailReport("bounce_permanent", "", "Ada@X.org", "5.1.1")) == 1
    assert not usable(hearing) and outward(hearing) == []
    assert hearing.care.journeys.active("main", [LEARNER])


def test_mail_about_nobody_is_told_as_such(hearing: Hearing) -> None:
    assert hearing.mail("main", MailReport("reply", "<other@x.org>", "bob@x.org", "")) == 0
    assert hearing.mail("main", MailReport("unknown", "", "", "an answering machine")) == 0
    assert hearing.mail("other", MailReport("complaint", "", "ada@x.org", "", key="main:1:2:0")) == 0


def test_an_operator_who_unsubscribes_someone_stands_in_the_audit_log(hearing: Hearing) -> None:
    hearing.unsubscribe("main", LEARNER, "", said="phone", source="console", actor="mia")
    [line] = hearing.care.audit.read("main", learner=LEARNER)
    assert (line["actor"], line["action"]) == ("mia", "learner.unsubscribe")


def test_the_mail_intake_takes_effect_when_told_to(run: Run, tmp_path: Path) -> None:
    public_home(tmp_path / "home").care.home.close()
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "1.eml").write_text("From: ada@x.org\nTo: care@x.org\nSubject: Re: hi\nIn-Reply-To: <x@y>\n\nThanks\n")
    assert run("channels", "intake", folder)[0] == 0 and (folder / "1.eml").exists()
    code, out, _ = run("channels", "intake", folder, "--take", "--json")
    assert code == 0 and json.loads(out)[0]["kind"] == "reply" and not (folder / "1.eml").exists()
