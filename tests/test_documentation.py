"""The generated pages say what the code does today, and every page that is linked is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_docs.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []


def test_no_page_or_source_names_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = listed.stdout.split("\n")
    texts = [ROOT / name for name in files if name.endswith((".py", ".md", ".toml", ".sql", ".po", ".html", ".js"))]
    named = [file.name for file in texts if file.is_file() and re.search(r"/(root|home/\w+|tmp)/\w", _read(file))]
    assert [name for name in named if not name.startswith("test_") and name != "plain.py"] == []


def _read(file: Path) -> str:
    return "" if "vendor" in file.parts else file.read_text(encoding="utf-8")
