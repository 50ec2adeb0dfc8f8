"""A saved plan, and every way not to trust it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reconciler.apply.planfile import read_trusted_plan
from reconciler.errors import PlanRefused
from reconciler.model.plan import Plan
from reconciler.model.signing import digest_of
from reconciler.reports.json import plan_bytes
from tests.apply.world import World, upfront

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"


@pytest.fixture
def saved(start: Start) -> World:
    at = start(upfront())
    at.desire(CANCEL)
    assert at.plan("--detailed-exitcode").code == 2
    return at


def resigned(content: bytes, **changes: Any) -> bytes:
    """Return a plan with *changes* and the digest that goes with them, as somebody might make it."""
    document = {**json.loads(content), **changes}
    document.pop("digest")
    document["digest"] = digest_of(document)
    return plan_bytes(msgspec.json.decode(json.dumps(document).encode(), type=Plan))


def test_a_changed_byte_anywhere_is_seen(saved: World, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    content = path.read_bytes()
    chance = random.Random(1)
    for place in range(len(content)):
        other = chance.choice([byte for byte in range(256) if byte != content[place]])
        path.write_bytes(content[:place] + bytes([other]) + content[place + 1 :])
        with pytest.raises(PlanRefused):
            read_trusted_plan(path)
    path.write_bytes(content)
    assert saved.apply().code == 0


@pytest.mark.parametrize("key", ["planId", "expiresAt", "createdAt", "at", "contentDigest", "digest"])
def test_apply_refuses_a_plan_with_another_value(saved: World, key: str) -> None:
    path = saved.folder / "plan.json"
    value = json.loads(path.read_text())[key]
    last = value[-2] if value.endswith("Z") else value[-1]
    changed = (
        value[: -2 if value.endswith("Z") else -1] + ("1" if last != "1" else "2") + value[-1:] * value.endswith("Z")
    )
    path.write_text(path.read_text().replace(value, changed))
    refused = saved.apply()
    assert refused.code == 5, refused
    assert saved.writes() == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a plan file"),
        (b"{}", "not a plan file"),
        (b"[]", "not a plan file"),
        (b"\xff\xfe", "not a plan file"),
        (b'{"formatVersion": "2.0"}', "formatVersion 2.0; this program reads 1.x"),
        (b'{"formatVersion": "1.7"}', "not a plan file"),
    ],
)
def test_apply_refuses_what_is_no_plan(saved: World, content: bytes, message: str) -> None:
    (saved.folder / "plan.json").write_bytes(content)
    refused = saved.apply()
    assert (refused.code, message in refused.err, refused.err.count("\n")) == (5, True, 1)


def test_apply_refuses_an_expired_plan(saved: World) -> None:
    path = saved.folder / "plan.json"
    path.write_bytes(resigned(path.read_bytes(), createdAt="2020-01-01T00:00:00Z", expiresAt="2020-01-02T00:00:00Z"))
    refused = saved.apply()
    assert (refused.code, saved.writes()) == (5, [])
    assert "expired at 2020-01-02T00:00:00Z" in refused.err


def test_apply_refuses_a_plan_that_is_old_by_the_services_clock(saved: World) -> None:
    saved.emulator.post("clock", {"advance": "P2D"})
    refused = saved.apply()
    assert (refused.code, saved.writes()) == (5, [])


def test_apply_refuses_a_what_if(saved: World) -> None:
    assert saved.plan("--at", "2026-12-01").code == 0
    refused = saved.apply()
    assert (refused.code, saved.writes()) == (5, [])
    assert "what-if" in refused.err


def test_a_missing_plan_is_a_usage_error(saved: World) -> None:
    (saved.folder / "plan.json").unlink()
    assert saved.apply().code == 1


def test_show_renders_a_plan_in_another_layout_but_not_with_another_content(saved: World) -> None:
    from reconciler.cli.main import run

    path = saved.folder / "plan.json"
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert run(["show", "plan.json"]) == 0
    path.write_text(path.read_text().replace("558.38", "958.38"))
    assert run(["show", "plan.json"]) == 5
