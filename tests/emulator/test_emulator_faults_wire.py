"""Faults of the connection itself, and the command that begins with faults."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.emulator.conftest import Start
from tests.emulator.estates import TENANT, Bought, customer, estate, path
from tests.emulator.wire import token

QUERY = "?api-version=2022-11-01"


def ask(url: str, method: str, target: str, body: Any = None) -> tuple[int, Any]:
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    headers = {"Authorization": f"Bearer {token(TENANT)}", "Content-Type": "application/json"}
    line.request(method, target, json.dumps(body) if body is not None else None, headers)
    reply = line.getresponse()
    return reply.status, json.loads(reply.read() or b"null")


def renamed(url: str) -> bool:
    assert ask(url, "DELETE", "/_emulator/faults")[0] == 200
    return bool(ask(url, "GET", path(1) + QUERY)[1]["properties"]["displayName"] == "renamed")


@pytest.fixture
def emulator(start: Start, tmp_path: Path) -> Any:
    """Return the address of an emulator, which must end without a word on stderr."""
    (tmp_path / "estate.json").write_text(json.dumps(estate(customer(Bought(1)))))
    process, url = start(tmp_path / "estate.json")
    yield url
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=120) == ("", "")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset_leaves_the_client_without_an_answer(emulator: str, when: str) -> None:
    ask(emulator, "POST", "/_emulator/faults", {"faults": [{"fault": "reset", "when": when}]})
    with pytest.raises(ConnectionResetError):
        ask(emulator, "PATCH", path(1) + QUERY, {"properties": {"name": "renamed"}})
    assert renamed(emulator) == (when == "after")


def test_an_answer_is_cut_in_the_middle(emulator: str) -> None:
    ask(emulator, "POST", "/_emulator/faults", {"faults": [{"fault": "truncated"}]})
    with pytest.raises(http.client.IncompleteRead):
        ask(emulator, "PATCH", path(1) + QUERY, {"properties": {"name": "renamed"}})
    assert renamed(emulator)


def command(*arguments: str) -> subprocess.Popen[str]:
    whole = [sys.executable, "-m", "reconciler", "emulator", "--port", "0", *arguments]
    return subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_command_begins_with_the_faults_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text("seed: 3\nfaults: [{fault: denied}]\n")
    with command("--faults", str(tmp_path / "faults.yaml")) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("listening on ").strip()
        status, body = ask(url, "GET", f"/providers/Microsoft.Capacity/reservations{QUERY}")
        process.terminate()
    assert (status, body["error"]["code"]) == (403, "AuthorizationFailed")


def test_the_command_refuses_a_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text("faults: [{fault: flood}]\n")
    process = command("--faults", str(tmp_path / "faults.yaml"))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"error: emulator: faults {tmp_path / 'faults.yaml'}: faults[0].fault: 'flood' is not one of")
    assert err.count("\n") == 1
