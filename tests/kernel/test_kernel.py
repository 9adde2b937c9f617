"""The kernel: errors in one line, zones, ids, money, settings, translation."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.kernel import (
    LANGUAGES,
    BadInput,
    BadSettings,
    FixedClock,
    Money,
    StaycourseError,
    SystemClock,
    day_start,
    fresh_id,
    last_whole_day,
    local_day,
    natural_id,
    parse_day,
    preferred_language,
    read_settings,
    tenant_id,
    translator,
    zone,
)

ZONES = st.sampled_from(
    [
        "UTC",
        "Asia/Shanghai",
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
    ]
)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


def test_an_error_names_what_where_and_how_to_mend() -> None:
    assert str(BadInput("is empty", where="learners.csv line 3", mend="give an id")) == (
        "learners.csv line 3: is empty; give an id"
    )


def test_an_error_prints_its_cause() -> None:
    try:
        try:
            raise OSError("no space left")
        except OSError as error:
            raise StaycourseError("could not keep it") from error
    except StaycourseError as error:
        assert str(error) == "could not keep it (no space left)"


@given(INSTANTS, ZONES)
def test_an_instant_lies_within_its_local_day(instant: datetime, name: str) -> None:
    day = local_day(instant, zone(name))
    assert day_start(day, zone(name)) <= instant < day_start(day + timedelta(days=1), zone(name))


@given(INSTANTS, ZONES)
def test_the_last_whole_day_has_passed(now: datetime, name: str) -> None:
    day = last_whole_day(now, zone(name))
    assert day_start(day + timedelta(days=1), zone(name)) <= now < day_start(day + timedelta(days=2), zone(name))


@pytest.mark.parametrize("name", ["Nowhere/City", "", "../etc/passwd", "a" * 10_000, "\x00"])
def test_a_wrong_zone_is_bad_input(name: str) -> None:
    with pytest.raises(BadInput, match="time zone"):
        zone(name)


@pytest.mark.parametrize("text", ["2024-13-01", "yesterday", "", "2024-02-30"])
def test_a_wrong_day_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="YYYY-MM-DD"):
        parse_day(text)


def test_clocks_give_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
    east = timezone(timedelta(hours=8))
    assert FixedClock(datetime(2024, 1, 1, 8, tzinfo=east)).now() == datetime(2024, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        FixedClock(datetime(2024, 1, 1))


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_the_same_parts_name_the_same_thing(parts: list[str]) -> None:
    assert natural_id(*parts) == natural_id(*parts)
    assert natural_id(*parts) != natural_id(*parts, "more")


def test_fresh_ids_do_not_repeat() -> None:
    assert len({fresh_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("text", ["", "A", "a/b", "..", "-a", "a" * 64, "a b", "a\n"])
def test_a_tenant_cannot_be_a_strange_folder(text: str) -> None:
    with pytest.raises(BadInput):
        tenant_id(text)


def test_money_is_whole_minor_units_of_one_currency() -> None:
    assert Money(1999, "CNY") + Money(1, "CNY") == Money(2000, "CNY")
    assert Money(199900, "CNY").format("zh_CN") == "¥1,999.00"
    assert Money(1999, "JPY").format("en") == "¥1,999"
    with pytest.raises(BadInput):
        Money(1, "CNY") + Money(1, "USD")
    with pytest.raises(BadInput):
        Money(1, "XXZ")


def test_settings_come_from_the_environment_and_the_command_line_wins(tmp_path: Path) -> None:
    environment = {"STAYCOURSE_HOME": "/nowhere", "STAYCOURSE_TENANT": "t1", "STAYCOURSE_ZONE": "Asia/Shanghai"}
    settings = read_settings(environment, home=tmp_path)
    assert (settings.home, settings.tenant, settings.zone) == (tmp_path, "t1", "Asia/Shanghai")
    assert read_settings(environment, tenant="t2").tenant == "t2"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NOW", "soon"),
        ("THREADS", "many"),
        ("THREADS", "0"),
        ("MEMORY_GIGABYTES", "-1"),
        ("ZONE", "X"),
        ("TENANT", "../x"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_hint(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=r".; \w"):
        read_settings({f"STAYCOURSE_{name}": value})


def test_the_clock_can_be_set() -> None:
    assert read_settings({"STAYCOURSE_NOW": "2014-02-01T08:00"}).clock.now() == datetime(2014, 2, 1, 8, tzinfo=UTC)
    with pytest.raises(BadSettings, match="STAYCOURSE_NOW"):
        read_settings({"STAYCOURSE_NOW": "x"})


def test_local_days_shift_at_the_zone_not_at_utc() -> None:
    assert local_day(datetime(2024, 1, 1, 20, tzinfo=UTC), ZoneInfo("Asia/Shanghai")) == date(2024, 1, 2)


def test_both_languages_hold_the_same_messages() -> None:
    english, chinese = (translator(language) for language in LANGUAGES)
    assert sorted(english.messages) == sorted(chinese.messages)


def test_messages_use_the_same_values_in_both_languages() -> None:
    from string import Formatter

    def names(forms: tuple[str, ...]) -> set[str | None]:
        return {field for form in forms for _, field, _, _ in Formatter().parse(form) if field is not None}

    english, chinese = (translator(language).messages for language in LANGUAGES)
    wrong = {key for key in english if names(english[key]) - {"n"} != names(chinese[key]) - {"n"}}
    assert wrong == set()


def test_a_value_is_never_read_as_a_pattern() -> None:
    assert translator("en").text("cli.error", line="{0.__class__}") == "staycourse: {0.__class__}"


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"), ("en-GB", "en"), ("fr,de", "en"), ("", "en"), ("en;q=0.1,zh;q=0.5", "zh-CN"),
     (";;;q=x,zh;q=abc", "en"), ("zh" * 10_000, "zh-CN")],
)  # fmt: skip
def test_the_language_is_chosen_by_the_header(header: str, language: str) -> None:
    assert preferred_language(header) == language
