from __future__ import annotations

import json
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from tests.emulator.conftest import Start
from tests.emulator.estates import Bought, customer, estate


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_says_where_it_listens_once_it_does_and_ends_cleanly(start: Start, number: signal.Signals) -> None:
    process, url = start()
    assert url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{url}/_emulator/clock") as reply:
        assert json.load(reply) == {"at": "2026-07-01T12:00:00.0000000Z"}
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "", "")


def test_listens_on_loopback_alone(start: Start) -> None:
    _, url = start()
    port = int(url.rpartition(":")[2])
    other = socket.socket(socket.AF_INET)
    with other:
        # 127.0.0.2 is this machine as well, but not the address that was taken.
        assert other.connect_ex(("127.0.0.2", port)) != 0


def test_serves_an_empty_world_without_an_estate(start: Start) -> None:
    _, url = start()
    with urllib.request.urlopen(f"{url}/_emulator/estate") as reply:
        assert json.load(reply)["customers"] == []


def test_says_in_one_line_that_the_port_is_taken(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process, _ = start("", "", port)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"error: port {port} of 127.0.0.1 cannot be taken: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "{file}:1:2: not JSON: Expecting property name enclosed in double quotes"),
        ('{"formatVersion": "1.0"}', "{file}: takenAt: is required"),
    ],
)
def test_says_in_one_line_what_is_wrong_with_the_estate(start: Start, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "estate.json"
    file.write_text(text)
    process, _ = start(file)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (1, "", f"error: {message.format(file=file)}\n")


@pytest.mark.parametrize(("more", "saved"), [((), True), (("ephemeral",), False)])
def test_saves_unless_ephemeral(start: Start, tmp_path: Path, more: tuple[str, ...], saved: bool) -> None:
    file = tmp_path / "estate.json"
    file.write_text(json.dumps(estate(customer(Bought(1)))))
    before = file.read_text()
    _, url = start(file, "2026-07-01T12:00:00Z", 0, *more)
    body = json.dumps({"at": "2027-07-01T00:00:00Z"}).encode()
    with urllib.request.urlopen(f"{url}/_emulator/clock", body) as reply:
        assert json.load(reply) == {"at": "2027-07-01T00:00:00.0000000Z"}
    assert (file.read_text() != before) is saved
