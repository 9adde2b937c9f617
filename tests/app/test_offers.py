"""A step that offers a coupon: its code reaches who fits the rule, once each, and the month's budget is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from staycourse.app.care import Care, run_tick
from staycourse.app.homes import open_home
from staycourse.events import Event, Learner
from staycourse.kernel import FixedClock, Settings

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
POLICY = """
[care]
channels = ["file"]
[care.links]
home = "https://school.example"
[care.holdout]
share = 0.0
[care.caps]
per_day = "unlimited"
per_week = "unlimited"
[care.budgets]
coupons_per_month = 2
[campaigns.spring]
title = { en = "Spring", zh_CN = "春季" }
percent_off = 10
opens = "2026-03-01"
closes = "2026-03-31"
code = "SPRING10"
countries = ["CN"]
[playbooks.spring]
title = { en = "Spring", zh_CN = "春季" }
enter = { event = "coupon_viewed" }
purpose = "service"
holdout_share = 0.0
again_after_days = 0
leave_on = []
steps = [{ id = "coupon", do = "offer", campaign = "spring", template = "coupon_offer" }]
"""


def viewed(number: int, learner: str) -> Event:
    return Event(event_id=f"e{number}", learner=learner, verb="coupon_viewed", time=NOW, object="spring")


def test_a_code_reaches_each_learner_once_by_the_rule_and_within_the_budget(tmp_path: Path) -> None:
    with open_home(Settings(tmp_path / "home", "main", "UTC", FixedClock(NOW), 1, 1), writing=True) as home:
        home.store.add_policy("main", POLICY, "", NOW)
        people = [("anna", "CN"), ("ben", "DE"), ("chen", "CN"), ("dai", "CN")]
        home.store.put_learners("main", [Learner(learner=one, country=country) for one, country in people])
        (home.path / "channels.toml").write_text('[[channels]]\nname = "file"\nkind = "file"\n')
        care = Care(home)
        for number, learner in enumerate(["anna", "anna", "ben", "chen", "dai"]):
            home.log.append("main", [viewed(number, learner)])
            run_tick(care)
        lines = [json.loads(line) for line in (home.path / "outbox.jsonl").read_text().splitlines()]
        assert [line["learner"] for line in lines] == ["anna", "chen"]
        assert all("SPRING10" in line["text"] for line in lines)
        with home.database.reading() as connection:
            asked = "SELECT learner, reason FROM messages WHERE state = 'withheld' ORDER BY learner"
            told = [tuple(row) for row in connection.exec_driver_sql(asked)]
        assert told == [("anna", "coupon_had"), ("ben", "not_eligible"), ("dai", "budget_coupons")]
