"""What a template may name: one table, with a sample of each in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable. What it means stands in the catalogue as `variable.<name>`.

    `may_be_missing`: templates have to test it before they use it. `link`: an http(s) address, shown as a link.
    """

    name: str
    english: str
    chinese: str
    may_be_missing: bool = False
    link: bool = False


_TABLE = (
    Variable("greeting", "Hello Anna,", "安娜同学，你好！"),
    Variable("guardian_greeting", "Dear Ms Li,", "尊敬的李女士，您好！"),
    Variable("learner_name", "Anna", "安娜", may_be_missing=True),
    Variable("guardian_name", "Ms Li", "李女士", may_be_missing=True),
    Variable("course_title", "Everyday English", "日常英语"),
    Variable("platform_name", "Riverside School", "河畔学堂"),
    Variable("link", "https://school.example/go/4f2a", "https://school.example/go/4f2a", link=True),
    Variable("unsubscribe_link", "https://school.example/u/9c1d", "https://school.example/u/9c1d",
             may_be_missing=True, link=True),
    Variable("advisor_name", "Mark", "陈老师", may_be_missing=True),
    Variable("offer_title", "the three-month plan", "三个月套餐", may_be_missing=True),
    Variable("offer_code", "SPRING20", "SPRING20", may_be_missing=True),
    Variable("offer_amount", "€20", "¥100", may_be_missing=True),
    Variable("offer_until", "31 March", "3月31日", may_be_missing=True),
    Variable("class_title", "Ordering in a café", "咖啡馆点单", may_be_missing=True),
    Variable("class_time", "Thursday 19:00", "周四 19:00", may_be_missing=True),
    Variable("class_teacher", "Ms Brown", "王老师", may_be_missing=True),
    Variable("camp_name", "Spring speaking camp", "春季口语营", may_be_missing=True),
    Variable("buddy_name", "Tom", "小林", may_be_missing=True),
    Variable("lesson_title", "Asking the way", "问路", may_be_missing=True),
    Variable("interest", "travel", "旅行", may_be_missing=True),
    Variable("milestone", "20 lessons finished", "学完 20 节课", may_be_missing=True),
    Variable("streak_days", "12", "12", may_be_missing=True),
    Variable("weekly_goal", "two lessons", "两节课", may_be_missing=True),
    Variable("renewal_date", "1 April", "4月1日", may_be_missing=True),
    Variable("fix", "the sound in the replay of lesson 3", "第 3 课回放的声音问题", may_be_missing=True),
    Variable("news", "There is a new set of short listening pieces.\nReplays can now be searched.",
             "上线了一组短听力素材。\n回放现在可以搜索了。", may_be_missing=True),
    Variable("summary", "Lessons this week: 3\nExercises handed in: 2 of 2",
             "本周课程：3 节\n提交练习：2 次（共 2 次）", may_be_missing=True),
    Variable("amount", "€60.00", "¥299.00", may_be_missing=True),
    Variable("reference", "R-2041", "R-2041", may_be_missing=True),
    Variable("paid_on", "2 March 2026", "2026年3月2日", may_be_missing=True),
)  # fmt: skip

VARIABLES: Mapping[str, Variable] = {variable.name: variable for variable in _TABLE}
"""Every variable by name, in the order they are documented in."""
LONG = frozenset({"news", "summary"})
"""Those whose line breaks are kept."""
SAMPLES: Mapping[str, Mapping[str, str]] = {
    "en": {variable.name: variable.english for variable in _TABLE},
    "zh-CN": {variable.name: variable.chinese for variable in _TABLE},
}
"""A value of each for previews, by language."""
