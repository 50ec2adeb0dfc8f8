"""Signing in from GitHub Actions: the job's identity token is asked for as it is needed, and never sent elsewhere."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from reconciler.errors import ProviderError
from reconciler.model.desired import Credential
from reconciler.providers.azure import github
from reconciler.providers.azure.credentials import sign_in
from tests.providers.samples import CONTOSO, guid

BEARER = "s3cr3t-bearer"


class Issuer(HTTPServer):
    """Stands where GitHub's issuer of identity tokens does."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.answer: tuple[int, bytes] = (200, b'{"value": "header.claims.signature"}')
        super().__init__(("127.0.0.1", 0), Answering)

    @property
    def environment(self) -> dict[str, str]:
        """Return what the runner tells a job that may ask."""
        return {
            "AZURE_CLIENT_ID": guid(1),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{self.server_port}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
        }


class Answering(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["authorization"]))
        status, body = self.server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_token_is_asked_for_azure_and_kept_for_three_minutes(issuer: Issuer) -> None:
    seconds = iter([0.0, 0.0, 179.0, 181.0, 181.0])
    given = [github.identity(issuer.environment, lambda: next(seconds)) for _ in range(3)]
    assert given == ["header.claims.signature"] * 3
    asked = ("/token?api-version=2.0&audience=api://AzureADTokenExchange", f"Bearer {BEARER}")
    assert issuer.asked == [asked, asked]


@pytest.mark.parametrize("credential", [None, Credential(type="workloadIdentity")])
def test_a_job_that_may_ask_needs_no_file(issuer: Issuer, credential: Credential | None) -> None:
    made = sign_in(credential, CONTOSO, issuer.environment)
    assert made._credential._func() == "header.claims.signature"
    asyncio.run(made.close())


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"AZURE_CLIENT_ID": ""}, "AzureCliCredential"),
        ({"AZURE_CLIENT_SECRET": "s3cr3t"}, "ClientSecretCredential"),
        ({"AZURE_FEDERATED_TOKEN_FILE": "/nowhere/token"}, "WorkloadIdentityCredential"),
        ({"ACTIONS_ID_TOKEN_REQUEST_TOKEN": ""}, "AzureCliCredential"),
    ],
)
def test_what_the_environment_says_otherwise_comes_first(issuer: Issuer, changes: dict[str, str], name: str) -> None:
    made = sign_in(None, CONTOSO, issuer.environment | changes)
    assert type(made._credential).__name__ == name
    asyncio.run(made.close())


@pytest.mark.parametrize(
    "answer", [(403, b"{}"), (200, b"not json"), (200, b"{}"), (200, b"[]"), (200, json.dumps("text").encode())]
)
def test_no_token_is_one_line_that_says_what_to_do(issuer: Issuer, answer: tuple[int, bytes]) -> None:
    issuer.answer = answer
    with pytest.raises(ProviderError, match="does the job have permissions: id-token: write") as caught:
        github.identity(issuer.environment)
    assert caught.value.refused and BEARER not in str(caught.value)


def test_the_bearer_goes_nowhere_without_encryption() -> None:
    url = "http://issuer.example/token"
    with pytest.raises(ProviderError, match="not an https address"):
        github.identity({"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER})
