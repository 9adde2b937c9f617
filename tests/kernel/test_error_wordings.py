"""Every text that an error is raised with is a template with Chinese words: found by reading the source."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import staycourse
from staycourse.kernel import BadInput, StaycourseError, as_wording, telling, translator, worded

SOURCE = Path(staycourse.__file__).parent
TEXTS = {"Fault": (1, 2), "_Fault": (0,), "ChannelHealth": (1,), "Unmapped": (0,), "not_told": (0,)}
"""What else takes texts for people, and where among its arguments."""

OTHERS = {("client/client.py", "ask"), ("client/sending.py", "ask"), ("app/intake/tracking.py", "Unmapped")}
"""Calls of another function of the same name."""

pytestmark = pytest.mark.xdist_group("wordings")  # one process reads the source once

PLACE = re.compile(r"(^|\s)[A-Za-z]{2,}(\s|,|$)")
CHINESE = translator("zh-CN")


@cache
def modules() -> dict[str, ast.Module]:
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text("utf-8")) for path in SOURCE.rglob("*.py")}


@cache
def takers() -> dict[str, tuple[int | str, ...]]:
    """Return which calls take texts: the classes of the error tree, and our functions with a `what` or a `mend`."""
    found: dict[str, tuple[int | str, ...]] = {"StaycourseError": (0,), **TEXTS}
    classes = [node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while fresh := [one.name for one in classes if one.name not in found and {*map(_name, one.bases)} & _errors(found)]:
        found |= dict.fromkeys(fresh, (0,))
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and _raises(node, found):
                names = [argument.arg for argument in node.args.args if argument.arg != "self"]
                found[node.name] = tuple(names.index(name) for name in ("what", "mend") if name in names)
    return found


def _errors(found: dict[str, tuple[int | str, ...]]) -> set[str]:
    return set(found) - set(TEXTS)


def _raises(node: ast.FunctionDef, found: dict[str, tuple[int | str, ...]]) -> bool:
    """Say whether a function hands its own `what` or `mend` to an error."""
    own = {argument.arg for argument in node.args.args} & {"what", "mend"}
    return any(
        isinstance(call, ast.Call) and _name(call.func) in found and own & {_name(text) for text in _given(call)}
        for call in ast.walk(node)
    )


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def texts(module: str, tree: ast.Module) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the texts that a module gives to errors, and whether each is a place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in takers() and (module, _name(node.func)) not in OTHERS:
            places = takers()[_name(node.func)]
            yield from (
                (node.args[place], False) for place in places if isinstance(place, int) and place < len(node.args)
            )
            yield from (
                (one.value, one.arg == "where") for one in node.keywords if one.arg in ("what", "where", "mend")
            )


def templates(text: ast.expr, tree: ast.Module, place: bool) -> Iterator[str | None]:
    """Yield the templates that a text may be made by, None where an f-string has lost its own."""
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        if text.value and (not place or (PLACE.search(text.value) and " " in text.value)):
            yield text.value
    elif isinstance(text, ast.JoinedStr):
        words = [part.value for part in text.values if isinstance(part, ast.Constant)]
        if not place or any(PLACE.search(str(word)) for word in words):
            yield None
    elif isinstance(text, ast.IfExp):
        yield from templates(text.body, tree, place)
        yield from templates(text.orelse, tree, place)
    elif isinstance(text, ast.Name) and not place:
        for value in _assigned(text.id, tree):
            yield from templates(value, tree, place)
    elif isinstance(text, ast.Subscript) and isinstance(text.value, ast.JoinedStr):
        yield None
    elif isinstance(text, ast.Subscript) and isinstance(text.value, ast.Name | ast.Subscript):
        yield from _held(text, tree)


def _assigned(name: str, tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and _name(node.target) == name and node.value is not None:
            yield node.value
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if _name(target) == name:
                    yield node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=True)
                    yield from (value for one, value in pairs if _name(one) == name)


def _held(text: ast.expr, tree: ast.Module) -> Iterator[str]:
    """Yield the sentences of a table that an error takes its text from."""
    while isinstance(text, ast.Subscript):
        text = text.value
    for value in _assigned(_name(text), tree):
        for node in ast.walk(value):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                yield node.value


def worded_in(tree: ast.Module) -> Iterator[str | None]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "worded":
            first = node.args[0]
            yield first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


@cache
def used() -> dict[str, tuple[str, ...]]:
    """Return the templates of all errors with the modules that use them."""
    found: dict[str, tuple[str, ...]] = {}
    for module, tree in modules().items():
        given = [one for text, place in texts(module, tree) for one in templates(text, tree, place)]
        for template in [*given, *worded_in(tree)]:
            if template is not None:
                found[template] = (*found.get(template, ()), module)
    return found


def test_no_error_is_given_an_f_string() -> None:
    lost = {
        f"{module}:{text.lineno}"
        for module, tree in modules().items()
        for text, place in texts(module, tree)
        if None in templates(text, tree, place)
    }
    assert lost == set(), "use worded(template, name=value): an f-string cannot be said in another language"


def test_every_wording_has_a_template_that_stands_in_the_source() -> None:
    assert [module for module, tree in modules().items() if None in worded_in(tree)] == []


def test_every_error_is_said_in_chinese() -> None:
    assert len(used()) > 700
    lacking = {template: places for template, places in used().items() if template not in CHINESE.wordings.known}
    assert lacking == {}, "write it into locale/zh_CN/errors*.po"


def test_no_wording_is_kept_that_no_error_uses() -> None:
    ours = {template for room, template, _ in _catalogue() if room != "errors_foreign" and "{" in template}
    assert {template for template in ours if template.isascii() and _fields(template)} - set(used()) == set()


def test_no_wording_is_written_twice() -> None:
    told = [template for _, template, _ in _catalogue()]
    assert sorted({template for template in told if told.count(template) > 1}) == []


def test_a_wording_fills_in_nothing_that_its_error_does_not_give() -> None:
    for _, template, said in _catalogue():
        assert set(_fields(said)) <= set(_fields(template)), template


def _catalogue() -> list[tuple[str, str, str]]:
    folder = resources.files("staycourse") / "locale" / "zh_CN"
    found = []
    for entry in folder.iterdir():
        if entry.name.startswith("errors"):
            with entry.open("rb") as stream:
                found += [
                    (entry.name.removesuffix(".po"), str(one.id), str(one.string)) for one in read_po(stream) if one.id
                ]
    return found


def _fields(template: str) -> list[str]:
    try:
        return [name for _, name, _, _ in string.Formatter().parse(template) if name and name.isidentifier()]
    except ValueError:
        return []


def test_an_error_keeps_its_english_and_is_said_in_chinese() -> None:
    error = BadInput(worded("there is no channel {name!r}", name="fax"), where="NAME", mend="check the path")
    assert str(error) == "NAME: there is no channel 'fax'; check the path"
    assert type(error.what) is str and error.what == "there is no channel 'fax'"
    assert CHINESE.told(error.line()) == "NAME：没有渠道 'fax'；请检查路径"
    assert translator("en").told(error.line()) == str(error)


def test_a_cause_is_said_with_its_error() -> None:
    with pytest.raises(StaycourseError) as caught:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise StaycourseError("the risks could not be kept", where="/home/x") from error
    assert CHINESE.told(caught.value.line()) == "/home/x：无法保存风险数据（磁盘空间不足（错误码 28））"


def test_a_wording_within_a_wording_is_said_too() -> None:
    line = worded("cannot be read: {why}", why=as_wording("Permission denied"))
    assert CHINESE.told(line) == "无法读取：没有权限"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("smtp.test:25: the login was refused (535); check username and password_env",
         "smtp.test:25：登录被拒绝（535）；请检查 username 和 password_env"),
        ("Expected `int`, got `str`", "应为 'int'，而不是 'str'"),
        ("there is no channel 'a; b'", "没有渠道 'a; b'"),
        ("nobody has worded this", "nobody has worded this"),
    ],
)  # fmt: skip
def test_a_text_that_was_written_down_is_known_again(text: str, said: str) -> None:
    assert CHINESE.told(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quiz_answered needs a value, and the statement holds none", "quiz_answered 需要数值，但语句中没有"),
        ("no verb is mapped to http://example.org/sang", "没有动词映射到 http://example.org/sang"),
        ("its actor teaches, and is no learner", "执行者是教师，不是学员"),
        ("segments: 1, bytes: 2,048, events waiting: 3; 7.open: torn tail, bytes 9 to 12 of 12, kept as damaged/7",
         "分段：1，字节：2,048，等待的事件：3；7.open：尾部残缺，第 9 至 12 字节（共 12），保存为 damaged/7"),
    ],
)  # fmt: skip
def test_what_is_no_error_and_was_written_down_is_known_again_too(text: str, said: str) -> None:
    assert CHINESE.told(text) == said


@pytest.mark.parametrize("value", ["{name}", "{0.__class__}", "%s", "'; drop", "{", "}}"])
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    error = BadInput(worded("there is no channel {name!r}", name=value))
    assert value in str(error)
    assert CHINESE.told(error.line()) == f"没有渠道 {value!r}"
    assert value in CHINESE.told(str(error))


@pytest.mark.parametrize("text", ["a; " * 330, ": " * 450, "expected '" * 90, "( is missing" * 80])
def test_knowing_a_text_again_ends_soon(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    look = telling._Shape.values

    def counted(shape: telling._Shape, given: str) -> dict[str, str] | None:
        nonlocal looks
        looks += 1
        return look(shape, given)

    monkeypatch.setattr(telling._Shape, "values", counted)
    assert CHINESE.told(text)
    assert looks < 100 * len(CHINESE.wordings.known)


def test_a_sentence_of_a_library_is_said_whole_or_not_at_all() -> None:
    """A template that begins with a value must not say two words of somebody else's sentence."""
    corrupt = "Parquet magic bytes not found in footer. Either the file is corrupted or this is not a parquet file."
    assert CHINESE.told(f"the file cannot be read: {corrupt}") == "无法读取文件：文件已损坏，或者不是 Parquet 文件"
    assert CHINESE.told("Somewhere something is not right.") == "Somewhere something is not right."
    assert CHINESE.told("'a' is not 'b'.") == "'a' 不是 'b'。"
