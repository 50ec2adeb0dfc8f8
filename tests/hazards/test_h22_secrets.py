"""H22: secrets in plan artifacts that anyone can read (hashicorp/terraform#27577).

A canary is set as every credential that the environment can hold, and the emulator's own
token is looked for as well: in everything written, on every way and on errors.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.providers.azure.credentials import MadeCredential
from reconciler.reports import reports
from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.test_apply import CANCEL
from tests.apply.world import TENANT, Result, World, upfront
from tests.bodies import guid
from tests.torture.scenes import BY_SUPPORT

Start = Callable[..., World]
CANARY = "c4n4ry-Zx81~secret"
SECRETS = (
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_PASSWORD",
    "AZURE_USERNAME",
    "IDENTITY_HEADER",
    "MSI_SECRET",
    "ARM_CLIENT_SECRET",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "PGPASSWORD",
)
COMMANDS = (
    ("validate",),
    ("plan", "--out", "plan.json", "-v"),
    ("plan", "--format", "json"),
    ("plan", "--format", "markdown"),
    ("overview", "-v"),
    ("support", "contoso/r1", "--print"),
    ("doctor",),
    ("doctor", "--format", "json"),
    ("cap",),
    ("explain", "contoso/r1"),
    ("snapshot", "--out", "current.json"),
    ("apply", "plan.json", "-v"),
    ("status",),
    ("locks",),
    ("resume", "-v"),
    ("plan", "-v"),
    ("drift", "-v"),
)


class Telltale(Proxy):
    """Answers with the token that it was sent: in every error, or in a success that is no JSON."""

    status = 400
    every = "/calculateRefund"

    def answer(self, asked: Asked) -> Answered | None:
        if not asked.path.endswith(self.every):
            return self.forward(asked)
        token = asked.headers.get("Authorization", "")
        content = f'{{"error": {{"code": "Bad", "message": "you sent {token}"}}}}' if self.status >= 400 else token
        return Answered(self.status, [("Content-Type", "application/json")], content.encode())


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Plant the canary, and return every text that must appear nowhere."""
    for name in SECRETS:
        monkeypatch.setenv(name, CANARY)
    monkeypatch.setenv("AZURE_CLIENT_ID", guid(0xC11E))
    # Nothing listens there: a sign-in fails, with all that it has to say.
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://127.0.0.1:1")
    token = asyncio.run(MadeCredential(guid(TENANT)).get_token()).token
    return (CANARY, token, token.split(".")[1])


def leaks(folder: Path, secrets: tuple[str, ...], *written: Result) -> list[str]:
    """Return where a secret is: in what commands wrote, or in any file."""

    def texts() -> Iterator[tuple[str, bytes]]:
        for result in written:
            yield "stdout", result.out.encode()
            yield "stderr", result.err.encode()
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.name, path.read_bytes()

    return [name for name, text in texts() for secret in secrets if secret.encode() in text]


def test_no_secret_is_written_anywhere(
    start: Start, secrets: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, "displayName: other")
    written = [at.run(*command) for command in COMMANDS]
    for form in reports():
        written.append(Result(run(["show", "plan.json", "-v", "--format", form]), *capsys.readouterr()))
    assert [result for result in written if result.code] == []
    assert (at.folder / ".reconciler" / "ledger.db").exists()
    assert leaks(at.folder, secrets, *written) == []


# A 500 to a question is asked again with growing pauses: only the return, which is sent once, gets one.
@pytest.mark.parametrize(
    ("every", "status"),
    [
        *((every, status) for every in ("/calculateRefund", "/reservationOrders") for status in (200, 400, 401, 403)),
        *(("/return", status) for status in (200, 400, 500)),
    ],
)
def test_no_error_repeats_a_token(start: Start, secrets: tuple[str, ...], every: str, status: int) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint, Telltale) as proxy:
        proxy.status, proxy.every = status, every
        written = [
            at.run(*command, "--endpoint", proxy.endpoint)
            for command in (("plan", "-v"), ("apply", "plan.json", "-v"), ("status",))
        ]
    assert any(result.code for result in written)
    assert leaks(at.folder, secrets, *written, at.run("resume", "-v")) == []


@pytest.mark.parametrize("kind", ["clientSecret", "workloadIdentity", "clientCertificate", "managedIdentity", "cli"])
def test_no_failed_sign_in_repeats_a_secret(
    start: Start,
    secrets: tuple[str, ...],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = start(upfront())
    token, certificate = at.folder / ".token", at.folder / ".certificate"
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(token))
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(certificate))
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("PATH", "")
    token.write_text(CANARY)
    certificate.write_text(f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n")
    azure = f"{{endpoint: 'https://127.0.0.1:1', credential: {{type: {kind}}}}}"
    (at.folder / "reconciler.yaml").write_text(f"apiVersion: reconciler/v1\nkind: Config\nazure: {azure}\n")
    at.desire(CANCEL)
    code = run(["plan", "-v", "--out", "plan.json"])
    result = Result(code, *capsys.readouterr())
    assert result.code == 7
    assert "Traceback" not in result.err
    token.unlink(), certificate.unlink()
    assert leaks(at.folder, secrets, result) == []


def test_a_support_request_holds_no_secret(start: Start, secrets: tuple[str, ...]) -> None:
    at = start(upfront())
    at.desire(CANCEL, head=BY_SUPPORT)
    written = [at.run(*command) for command in (("plan", "--out", "plan.json"), ("apply", "plan.json", "-v"))]
    written += [at.run(*command) for command in (("status",), ("resume", "-v"), ("plan", "-v"))]
    assert [result for result in written if result.code] == []
    (customer,) = at.emulator.get("estate")["customers"]
    filed = Result(0, json.dumps(customer["supportTickets"]), "")
    # The operation's address carries a signature: what is signed is nobody's to keep.
    assert "reconciler-" in filed.out
    assert leaks(at.folder, (*secrets, "&c="), *written, filed) == []


def test_no_url_of_a_ledger_shows_its_password(start: Start, secrets: tuple[str, ...]) -> None:
    at = start(upfront())
    url = f"postgresql://ada:{CANARY}@127.0.0.1:1/ledger"
    (at.folder / "reconciler.yaml").write_text(f"apiVersion: reconciler/v1\nkind: Config\nledger: {url}\n")
    at.desire(CANCEL)
    commands = (("ledger", "init"), ("plan", "-v"), ("status",), ("locks",), ("resume", "-v"), ("ledger", "verify"))
    written = [at.run(*command) for command in commands]
    assert {result.code for result in written} == {1}
    (at.folder / "reconciler.yaml").unlink()
    assert leaks(at.folder, secrets, *written) == []


CRASH = """
import sys
from reconciler import pipeline
from reconciler.__main__ import main
def crash(request, provider):
    raise RuntimeError("a defect")
pipeline.plan = crash
sys.argv = ["reconciler", "plan", "-v", "--provider", "azure"]
main()
"""


def test_a_crash_report_holds_no_secret(start: Start, secrets: tuple[str, ...]) -> None:
    """A defect keeps its traceback, which shows where, and not with what."""
    at = start(upfront())
    at.desire(CANCEL)
    ended = subprocess.run([sys.executable, "-c", CRASH], cwd=at.folder, capture_output=True, text=True, check=False)
    assert "RuntimeError: a defect" in ended.stderr
    assert leaks(at.folder, secrets, Result(ended.returncode, ended.stdout, ended.stderr)) == []
