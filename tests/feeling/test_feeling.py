"""Plain examples: what a learner would write, and what a reader would make of it."""

import pytest

from staycourse.feeling import FEELING_VERSION, Feeling, feel, feel_many

BAD = [
    "不推荐",
    "视频一直卡顿，根本看不了",
    "我要退款",
    "怎么退款？",
    "作业太难了",
    "好难啊",
    "太无聊了，听不下去",
    "老师讲得不清楚",
    "不太好",
    "没有人回复我",
    "提了问题三天没人回答",
    "老师人很好，但是课程太水了，完全学不到东西",
    "一点都不好",
    "并不喜欢这门课",
    "不是很满意",
    "卡死了",
    "這門課太無聊，我要退費",
    "老师 very bad",
    "👎👎 这课",
    "not good",
    "I want a refund",
    "Refund please!",
    "The video keeps freezing",
    "It is too hard for me",
    "I don't understand anything",
    "so boring",
    "Don\N{RIGHT SINGLE QUOTATION MARK}t recommend this course",
    "😡",
]
GOOD = [
    "老师讲得很好",
    "一点都不难",
    "不难",
    "没有问题",
    "不错",
    "强烈推荐！",
    "通俗易懂，受益匪浅",
    "内容有点多，但是老师讲得非常精彩",
    "不无聊",
    "谢谢老师",
    "老師講得很清楚，謝謝",
    "666",
    "老师 very good",
    "这课 👍",
    "Great teacher!",
    "not bad at all",
    "Very clear and easy to follow",
    "I learned a lot",
    "not hard at all",
]
PLAIN = [
    "",
    "   \n",
    "第三章的作业什么时候交",
    "这门课难吗？",
    "这个好不好？",
    "好像明天上课",
    "老师好",
    "不同的章节",
    "今天打卡",
    "普通话课程",
    "When is the next live class?",
    "12345",
    "。。。",
]


@pytest.mark.parametrize("text", BAD)
def test_bad_sounds_bad(text: str) -> None:
    assert feel(text) is Feeling.NEGATIVE


@pytest.mark.parametrize("text", GOOD)
def test_good_sounds_good(text: str) -> None:
    assert feel(text) is Feeling.POSITIVE


@pytest.mark.parametrize("text", PLAIN)
def test_plain_stays_plain(text: str) -> None:
    assert feel(text) is Feeling.NEUTRAL


def test_heaped_degrees_stay_one_word() -> None:
    assert feel("太" * 1_900 + "好") is Feeling.POSITIVE
    assert feel("太" * 900 + "好，垃圾，骗人") is Feeling.NEGATIVE


def test_many_are_read_in_order() -> None:
    assert feel_many(["很好", "", "退款"]) == [Feeling.POSITIVE, Feeling.NEUTRAL, Feeling.NEGATIVE]
    assert feel_many([]) == []


def test_values_are_what_gets_stored() -> None:
    assert [int(feeling) for feeling in Feeling] == [-1, 0, 1]
    assert FEELING_VERSION


def test_characters_hidden_inside_a_word_do_not_hide_it() -> None:
    assert feel("退\u200b款") is Feeling.NEGATIVE
    assert feel("退\x00款\ud800") is Feeling.NEGATIVE
    assert feel("ｎｏｔ ｇｏｏｄ") is Feeling.NEGATIVE
