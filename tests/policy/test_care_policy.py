"""Care in the policy: what is shipped is sound, and what is wrong is told with line and field."""

import pytest

from staycourse.care import nodes_of
from staycourse.care.messages import default_templates
from staycourse.kernel import BadPolicy
from staycourse.policy import BranchStep, Policy, SendStep, WaitStep, load_policy, scenes, successors
from staycourse.policy.playbook_checks import following_of
from staycourse.signals import SIGNALS_BY_NAME

STEP = '{ id = "a", do = "send", template = "welcome" }'
CALL = '{ id = "call", do = "task", script = "price", minutes = 5, within_hours = 4 }'
ASKED = '{ id = "asked", do = "branch", on = "task", name = "price", words = "reached", yes = "call", no = "call" }'
HEAD = '[playbooks.mine]\ntitle = { en = "x", zh_CN = "y" }\nenter = { causes = ["alone"] }\n'


def policy(text: str) -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME, version=1)


@pytest.mark.parametrize("scene", ["", *scenes()])
def test_every_cause_and_stage_of_the_domain_has_its_playbook(scene: str) -> None:
    found = policy(f'scene = "{scene}"')
    assert found.scene == scene
    answered = {cause for playbook in found.playbooks.values() for cause in playbook.enter.causes}
    assert answered == {cause.id for cause in found.causes.list}
    stages = {playbook.enter.stage for playbook in found.playbooks.values()} - {""}
    assert {"first_lesson", "learning", "paying", "renewing", "dormant", "churned", "resurrected"} <= stages
    assert {"enrolled", "course_completed"} <= {playbook.enter.event for playbook in found.playbooks.values()}
    assert any(playbook.enter.birthday for playbook in found.playbooks.values())


@pytest.mark.parametrize("scene", ["", *scenes()])
def test_every_template_that_a_default_playbook_sends_is_shipped(scene: str) -> None:
    for node in nodes_of(policy(f'scene = "{scene}"')):
        if node.template:
            assert (node.template, "en") in default_templates()
            assert (node.template, "zh-CN") in default_templates()


def test_every_default_journey_can_end() -> None:
    for name, playbook in policy("").playbooks.items():
        leads = {step.id: successors(step, following_of(playbook.steps, n)) for n, step in enumerate(playbook.steps)}
        ends = {step for step, targets in leads.items() if not targets or "" in targets}
        for _ in playbook.steps:
            ends |= {step for step, targets in leads.items() if ends.intersection(targets)}
        assert ends == set(leads), name


def test_nobody_is_told_that_it_is_put_right_unless_a_person_said_so() -> None:
    """What a journey of the default sends as confirmation comes only by way of a finished task."""
    book = policy("").playbooks["person_answers"]
    places = {step.id: n for n, step in enumerate(book.steps)}
    leads = {step.id: successors(step, following_of(book.steps, n)) for n, step in enumerate(book.steps)}
    (confirm,) = (step.id for step in book.steps if isinstance(step, SendStep))
    (fork,) = (book.steps[places[one]] for one, targets in leads.items() if confirm in targets)
    assert isinstance(fork, BranchStep) and (fork.on, fork.words, fork.yes) == ("task", "reached", confirm)
    before = [book.steps[places[one]] for one, targets in leads.items() if fork.id in targets]
    assert all(isinstance(step, WaitStep) and step.until == "task" and step.next == "finish" for step in before)


def test_a_table_is_laid_over_the_default_key_by_key() -> None:
    found = policy("[playbooks.camp]\nholdout_share = 0.25\n").playbooks["camp"]
    assert found.holdout_share == 0.25
    assert found.steps == policy("").playbooks["camp"].steps


def test_none_no_bound_and_nothing_said_are_three_things() -> None:
    assert policy("[care.caps]\nper_day = 0\n").care.caps.per_day == 0
    assert policy('[care.caps]\nper_day = "unlimited"\n').care.caps.per_day == "unlimited"
    assert policy("").care.caps.per_day == 1
    with pytest.raises(BadPolicy, match=r"line 2, care\.caps\.per_day"):
        policy('[care.caps]\nper_day = ""\n')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "steps = []\n", r"line 4, playbooks\.mine\.steps"),
        (HEAD + f"steps = [{STEP}, {STEP}]\n", r"line 4, .*two steps 'a'"),
        (HEAD + 'steps = [{ id = "a", do = "dance" }]\n', r"line 4, playbooks\.mine\.steps\[0\]"),
        (HEAD + 'steps = [{ id = "a", do = "wait" }]\n', r"line 4, .*a wait needs days or hours"),
        (HEAD + 'steps = [{ id = "a", do = "send", template = "welcome", next = "b" }]\n', r"line 4, .*no step 'b'"),
        (HEAD + 'steps = [{ id = "a", do = "send", template = "welcome", next = "a" }]\n', "leads back to itself"),
        (HEAD + 'steps = [{ id = "a", do = "wait", days = 1, then = "a" }]\n', "nothing is waited for"),
        (HEAD + 'steps = [{ id = "a", do = "wait", days = 1, until = "flown" }]\n', "there is no event 'flown'"),
        (HEAD + 'steps = [{ id = "a", do = "wait", days = 1, until = "task" }]\n', "no step hands a task to a person"),
        (
            HEAD + f"steps = [{CALL}, {ASKED.replace('price', 'pricey')}]\n",
            "no step hands over .* 'pricey'; perhaps price",
        ),
        (HEAD + f"steps = [{CALL}, {ASKED}]\n".replace("reached", "reach"), "cannot end as 'reach'; perhaps reached"),
        (HEAD + 'steps = [{ id = "a", do = "send", template = "welcome", link = "x" }]\n', "there is no link 'x'"),
        (HEAD + 'steps = [{ id = "a", do = "offer", template = "welcome", campaign = "x" }]\n', "no campaign 'x'"),
        (HEAD + f'steps = [{STEP}]\ngoal = "flown"\n', r"line 5, playbooks\.mine\.goal"),
        (HEAD.replace("alone", "lonely") + f"steps = [{STEP}]\n", r"line 3, .*no cause 'lonely'; perhaps alone"),
        (HEAD.replace('causes = ["alone"]', "") + f"steps = [{STEP}]\n", "entered by exactly one"),
        (HEAD.replace("}\nenter", ', de = "z" }\nenter') + f"steps = [{STEP}]\n", "line 2, .*no field 'de'"),
        ('[triggers.x]\nverb = "flown"\ncause = "alone"\n', r"line 2, triggers\.x\.verb"),
        ('[triggers.x]\ncause = "alone"\n', "a trigger acts on some event"),
        ('[triggers.x]\nverbs = ["paid", "flown"]\ncause = "alone"\n', r"there is no event 'flown'"),
        ('[triggers.x]\nverb = "paid"\ncause = "lonely"\n', r"line 3, triggers\.x\.cause"),
        ('[care.quiet_hours]\nstart = "25:00"\n', r"line 2, care\.quiet_hours\.start"),
        ('[care.links]\nhome = "javascript:alert(1)"\n', r"line 2, care\.links"),
        ("[care]\nchannels = []\n", r"line 2, care\.channels"),
        ('scene = "opera"\n', "line 1, scene"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_field(text: str, told: str) -> None:
    with pytest.raises(BadPolicy, match=told):
        policy(text)


@pytest.mark.parametrize("field", ["risk", "tier", "cause", "signal", "when", "score", "segment"])
def test_a_coupon_rule_takes_no_risk(field: str) -> None:
    campaign = '[campaigns.x]\ntitle = { en = "x", zh_CN = "y" }\npercent_off = 10\nopens = "2026-01-01"\n'
    campaign += 'closes = "2026-02-01"\ncode = "SPRING"\n'
    assert policy(campaign).campaigns["x"].percent_off == 10
    with pytest.raises(BadPolicy, match=f"there is no field '{field}'"):
        policy(campaign + f'{field} = "x"\n')


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('closes = "2025-01-01"\n', "lies before it opens"),
        ('closes = "2026-02-30"\n', "not a day of the calendar"),
        ('closes = "2026-02-01"\namount_off_minor = 5\n', "either an amount or a share"),
    ],
)
def test_a_campaign_is_checked(change: str, told: str) -> None:
    campaign = (
        '[campaigns.x]\ntitle = { en = "x", zh_CN = "y" }\npercent_off = 10\nopens = "2026-01-01"\ncode = "SPRING"\n'
    )
    with pytest.raises(BadPolicy, match=told):
        policy(campaign + change)


@pytest.mark.parametrize(
    ("name", "judged"),
    [("welcome", "stays"), ("habit", "stays"), ("renewal", "renews"), ("win_back", "returns"), ("birthday", "stays")],
)
def test_what_a_lifecycle_playbook_is_judged_by_follows_from_who_enters(name: str, judged: str) -> None:
    assert policy("").playbooks[name].judged == judged
    assert policy(f'[playbooks.{name}]\njudged_by = "returns"\n').playbooks[name].judged == "returns"


def test_what_alerts_begin_is_judged_by_how_they_end() -> None:
    with pytest.raises(BadPolicy, match=r"line 5, playbooks\.mine\.judged_by: .*judged by how they end"):
        policy(HEAD + f"steps = [{STEP}]\njudged_by = 'stays'\n")
    with pytest.raises(BadPolicy, match=r"line 2, playbooks\.habit\.judged_by"):
        policy("[playbooks.habit]\njudged_by = 'hopes'\n")


@pytest.mark.parametrize(
    ("table", "field"),
    [("care.caps", "per_day"), ("care.caps.channels.sms", "per_week"), ("care.budgets", "coupons_per_month"),
     ("alerts", "budget_per_day")],
)  # fmt: skip
def test_an_empty_text_for_a_bound_is_told_as_that(table: str, field: str) -> None:
    with pytest.raises(BadPolicy) as empty:
        load_policy(f'[{table}]\n{field} = ""\n', signals=SIGNALS_BY_NAME)
    assert "an empty text is no bound" in str(empty.value) and "enum" not in str(empty.value)
    assert f"line 2, {table}.{field}" in str(empty.value) and '"unlimited" lets everything through' in str(empty.value)
    with pytest.raises(BadPolicy, match="'many' is neither a number from 0 nor unlimited"):
        load_policy(f'[{table}]\n{field} = "many"\n', signals=SIGNALS_BY_NAME)


def test_another_choice_that_is_wrong_is_told_as_before() -> None:
    with pytest.raises(BadPolicy, match="invalid enum value"):
        load_policy('[alerts]\non = ""\n', signals=SIGNALS_BY_NAME)
