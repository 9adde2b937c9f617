"""What docs/client.md and docs/webhooks.md show runs as it stands there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_site import ApiSite, open_site
from served_api import served
from told_risks import keep_night

from staycourse.adapters.channels import secret_bytes, signature
from staycourse.client import Client, client

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def blocks(page: str) -> list[str]:
    """Return the Python that a page shows."""
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.S)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ApiSite]:
    with open_site(tmp_path / "home") as opened:
        yield opened


def test_the_ten_lines_run(site: ApiSite, capsys: pytest.CaptureFixture[str]) -> None:
    (lines,) = blocks("client.md")
    site.clock.instant = datetime.now(UTC)
    assert lines.count("\n") <= 12
    keep_night(site.home, "main", [f"l{number}" for number in range(60)])
    with served(site.app) as url:
        exec(lines.replace("https://care.example.org", url).replace("sc_...", site.keys["main"]), {})
    assert {event.verb for event in site.logged()} == {"lesson_completed", "quiz_answered"}
    assert "l50 50% price " in capsys.readouterr().out


def test_the_limits_are_those_that_the_page_tells() -> None:
    page = (DOCS / "client.md").read_text(encoding="utf-8")
    defaults = Client.__init__.__kwdefaults__ or {}
    assert (defaults["batch"], defaults["batch_bytes"], defaults["seconds"], defaults["buffer"]) == (
        500, 1 << 20, 1.0, 10_000,
    )  # fmt: skip
    for told in ("(500)", "(1 MiB)", "(1.0)", "10,000", "ten seconds", "after four tries"):
        assert told in page
    assert client.READ_TRIES == 4


def test_what_the_page_of_webhooks_shows_checks_a_signature_and_finds_who_was_erased() -> None:
    check, find = blocks("webhooks.md")
    names: dict[str, Any] = {}
    exec(check + find, names)
    secret = "whsec_" + "A" * 43 + "="
    stamp = int(names["time"].time())
    body = b'{"type": "x"}'
    headers = {
        "webhook-id": "msg_1", "webhook-timestamp": str(stamp),
        "webhook-signature": "v1,other " + signature(secret_bytes(secret, "s"), "msg_1", stamp, body),
    }  # fmt: skip
    assert names["genuine"](secret, headers, body) and not names["genuine"](secret, headers, body + b" ")
    mark = hashlib.blake2b(b"anna", key=bytes.fromhex("0102"), digest_size=16).hexdigest()
    assert names["erased"]({"mark": mark, "salt": "0102"}, ["ben", "anna"]) == ["anna"]
