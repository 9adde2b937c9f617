"""The command line tells errors in Chinese where the language is Chinese: ours, and what click says of options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from staycourse.cli.main import command, main
from staycourse.kernel import translator


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--prot", "1"], "没有选项 '--prot'。"),
        (["serve", "--port", "x"], "--port：'x' 不是合适的整数；请给出 0 到 65535 之间的数"),
        (["learner", "nobody"], "租户 main：夜间流程尚未计算任何内容；请先运行 staycourse import，再运行 nightly"),
        (["policy", "check", "wrong.toml"],
         "wrong.toml 第 2 行，churn.longest_days：不是整数；请写成 60 的形式：不带引号，也不带小数"),
    ],
)  # fmt: skip
def test_an_error_is_one_chinese_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STAYCOURSE_LANGUAGE", "zh-CN")
    monkeypatch.chdir(tmp_path)
    Path("wrong.toml").write_text('[churn]\nlongest_days = "x"\n', "utf-8")
    (tmp_path / "home").mkdir()
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--home", str(tmp_path / "home")])
    assert stopped.value.code == 2 or arguments[0] == "learner"
    assert capsys.readouterr().err.startswith(f"staycourse：{said}")


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["risks", "--top", "x"], {}, "--top: 'x' is no whole number that fits; give one from 1 to 100000"),
        (["risks"], {"STAYCOURSE_RISKS_TOP": "x"},
         "STAYCOURSE_RISKS_TOP: 'x' is no whole number that fits; give one from 1 to 100000"),
        (["risks"], {"STAYCOURSE_RISKS_TOP": "0"},
         "STAYCOURSE_RISKS_TOP: 0 is no whole number that fits; give one from 1 to 100000"),
        (["keys", "add", "n", "--scope", "read", "--events-per-second", "0"], {},
         "--events-per-second: 0 is no whole number that fits; give at least 1"),
        (["risks"], {"STAYCOURSE_RISKS_AS_OF": "May"}, "Invalid value for 'STAYCOURSE_RISKS_AS_OF': 'May' is not"),
        (["keys", "add", "n"], {"STAYCOURSE_KEYS_ADD_SCOPE": "eggs"},
         "Invalid value for 'STAYCOURSE_KEYS_ADD_SCOPE': 'eggs' is not one of"),
        (["nightly"], {"STAYCOURSE_NIGHTLY_ENGINE": "eggs"},
         "Invalid value for 'STAYCOURSE_NIGHTLY_ENGINE': 'eggs' is not one of"),
    ],
)  # fmt: skip
def test_what_was_given_is_refused_by_the_name_it_was_given_under(
    arguments: list[str], variables: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("STAYCOURSE_HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith(f"staycourse: {said}")


def test_every_option_has_the_variable_that_help_names() -> None:
    def wrong(command: click.Command, path: str) -> Iterator[str]:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                yield from wrong(below, f"{path}_{name}".replace("-", "_").upper())
            return
        for option in command.params:
            if isinstance(option, click.Option) and option.name not in ("home", "tenant", "json", "help"):
                called = max(option.opts, key=len).lstrip("-").replace("-", "_").upper()
                if (option.envvar or f"{path}_{option.name}".upper()) != f"{path}_{called}":
                    yield f"{path}: {option.opts}"

    assert list(wrong(command(translator("en")), "STAYCOURSE")) == []
