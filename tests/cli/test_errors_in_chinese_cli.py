"""The command line tells errors in Chinese where the language is Chinese: ours, and what click says of options."""

from __future__ import annotations

from pathlib import Path

import pytest

from staycourse.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--prot", "1"], "没有选项 '--prot'。"),
        (["serve", "--port", "x"], "'--port' 的值无效：'x' 不是整数。"),
        (["learner", "nobody"], "租户 main：夜间流程尚未计算任何内容；请先运行 staycourse import，再运行 nightly"),
        (["policy", "check", "wrong.toml"],
         "wrong.toml 第 2 行，churn.longest_days：应为 'int'，而不是 'str'；参见 docs/policy.md"),
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
