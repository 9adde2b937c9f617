"""Any string at all: it never raises, answers the same twice, and takes bounded time."""

import time

from hypothesis import given
from hypothesis import strategies as st

from staycourse.feeling import Feeling, feel, feel_many
from staycourse.feeling.reading import MAX_CHARS

ANY_CHARACTER = st.characters(exclude_categories=())
"""All of Unicode, lone surrogates and control characters included."""

TELLING = st.sampled_from(
    [
        "不",
        "没有",
        "好",
        "难",
        "太",
        "但是",
        "希望",
        "吗",
        "？",
        "。",
        "退款",
        "not",
        " ",
        "good",
        "but",
        "👍",
        "\ud83d",
        "\x00",
    ]
)
"""Pieces that reach the rules, which random characters seldom do."""

ANY_TEXT = st.one_of(st.text(ANY_CHARACTER), st.lists(TELLING, max_size=40).map("".join))


@given(ANY_TEXT)
def test_every_string_has_one_feeling(text: str) -> None:
    first = feel(text)
    assert isinstance(first, Feeling)
    assert feel(text) is first


@given(st.lists(ANY_TEXT, max_size=5))
def test_a_text_is_read_alike_alone_and_among_others(texts: list[str]) -> None:
    assert feel_many(texts) == [feel(text) for text in texts]


@given(ANY_TEXT)
def test_what_lies_past_the_bound_is_not_read(text: str) -> None:
    start = (text + "。" * MAX_CHARS)[:MAX_CHARS]
    assert feel(start + "退款垃圾" * 50) is feel(start)


def test_a_megabyte_takes_no_longer_than_its_first_page() -> None:
    feel("好 good")
    for piece in ("不", "好", "退款", "but ", "not good ", "a", "😡", "\ud800", "\ufdfa", "\u0301", " ", "…"):
        began = time.perf_counter()
        feel(piece * (1_000_000 // len(piece)))
        assert time.perf_counter() - began < 0.5, piece
