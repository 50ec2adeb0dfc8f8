"""Signing in: the right credential, secrets from the environment alone, one tenant's token for one tenant."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline.transport import AsyncHttpTransport

from reconciler.errors import ProviderError
from reconciler.model.desired import Credential
from reconciler.providers.azure.answers import plain
from reconciler.providers.azure.credentials import MadeCredential, SignIn, sign_in, tenant_of
from tests.providers.samples import CONTOSO, FABRIKAM, guid

SECRET = "s3cr3t-value"
ENVIRONMENT = {
    "AZURE_CLIENT_ID": guid(1),
    "AZURE_CLIENT_SECRET": SECRET,
    "AZURE_FEDERATED_TOKEN_FILE": "/nowhere/token",
    "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere/certificate.pem",
}


class Gives:
    """Stands where azure-identity does: gives a token, or fails."""

    def __init__(self, outcome):
        self.outcome = outcome

    async def get_token(self, *_scopes, **_options):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def token_for(tenant_id):
    return asyncio.run(MadeCredential(tenant_id).get_token())


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("cli", "AzureCliCredential"),
        ("workloadIdentity", "WorkloadIdentityCredential"),
        ("clientSecret", "ClientSecretCredential"),
        ("managedIdentity", "ManagedIdentityCredential"),
    ],
)
def test_makes_the_credential_that_is_configured(kind, name):
    made = sign_in(Credential(type=kind), CONTOSO, ENVIRONMENT)
    assert type(made._credential).__name__ == name
    asyncio.run(made.close())


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "AzureCliCredential"),
        ({"AZURE_CLIENT_ID": guid(1), "AZURE_CLIENT_SECRET": SECRET}, "ClientSecretCredential"),
        (ENVIRONMENT, "WorkloadIdentityCredential"),
    ],
)
def test_follows_the_environment_where_nothing_is_configured(environment, name):
    made = sign_in(None, CONTOSO, environment)
    assert type(made._credential).__name__ == name
    asyncio.run(made.close())


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("workloadIdentity", "AZURE_FEDERATED_TOKEN_FILE"),
        ("clientSecret", "AZURE_CLIENT_SECRET"),
        ("clientSecret", "AZURE_CLIENT_ID"),
        ("clientCertificate", "AZURE_CLIENT_CERTIFICATE_PATH"),
    ],
)
def test_names_what_the_environment_lacks(kind, missing):
    environment = {name: value for name, value in ENVIRONMENT.items() if name != missing}
    with pytest.raises(ProviderError, match=missing) as caught:
        sign_in(Credential(type=kind), CONTOSO, environment)
    assert caught.value.refused
    assert SECRET not in str(caught.value)


def test_says_that_a_certificate_cannot_be_read():
    with pytest.raises(ProviderError, match=r"/nowhere/certificate\.pem"):
        sign_in(Credential(type="clientCertificate"), CONTOSO, ENVIRONMENT)


def test_refuses_to_sign_in_to_another_tenant_than_the_customers():
    with pytest.raises(ProviderError, match=FABRIKAM):
        sign_in(Credential(type="cli", tenant_id=FABRIKAM), CONTOSO, ENVIRONMENT)


def test_a_token_of_another_tenant_goes_nowhere():
    with pytest.raises(ProviderError, match="nothing was sent") as caught:
        asyncio.run(SignIn(Gives(token_for(FABRIKAM)), CONTOSO).get_token("scope"))
    assert caught.value.refused


@pytest.mark.parametrize("token", [token_for(CONTOSO), AccessToken("opaque", 1)])
def test_a_token_that_is_the_tenants_or_does_not_tell_is_used(token):
    assert asyncio.run(SignIn(Gives(token), CONTOSO).get_token("scope")) == token


def test_a_failed_sign_in_is_one_line_without_the_token():
    failure = ClientAuthenticationError(f"AADSTS700016: no\nassertion {token_for(CONTOSO).token}")
    with pytest.raises(ProviderError) as caught:
        asyncio.run(SignIn(Gives(failure), CONTOSO).get_token("scope"))
    assert (caught.value.refused, str(caught.value)) == (
        True,
        f"sign-in to tenant {CONTOSO} failed: AADSTS700016: no; check its credential",
    )


@pytest.mark.parametrize("text", ["", "a.b", "a.bm90IGpzb24.c", "a.W10.c", "a.eyJ0aWQiOiA3fQ.c"])
def test_reads_no_tenant_from_what_is_no_token(text):
    assert tenant_of(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://h/p?sig=abc&se=2 failed", "GET https://h/p failed"),
        ("see '/operationsStatus/1?c=MII&s=x', later", "see '/operationsStatus/1', later"),
        (f"Bearer {token_for(CONTOSO).token} was refused", "Bearer [token] was refused"),
        ("Bearer abc was refused", "Bearer [token] was refused"),
        ("why? because a=b", "why? because a=b"),
        ("\x1b[31mred\x1b[0m\nsecond", " [31mred [0m"),
        ("Zürich", "Z?rich"),
        ("x" * 400, "x" * 300 + "..."),
    ],
)
def test_outside_text_is_made_plain(text, shown):
    assert plain(text) == shown


def test_nothing_of_the_sdk_is_imported_before_a_provider_is_opened():
    script = (
        "import sys, reconciler.providers.azure, reconciler.providers.snapshot\n"
        "print([name for name in ('azure.core', 'aiohttp', 'azure.identity') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


class Unplugged(AsyncHttpTransport):
    """A transport that no request leaves; it knows where they were to go."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    async def send(self, request, **_options):
        self.hosts.append(urlsplit(request.url).netloc)
        raise ServiceRequestError("unplugged")

    async def sleep(self, _seconds):
        pass

    async def open(self):
        pass

    async def close(self):
        pass

    async def __aexit__(self, *_error):
        pass


@pytest.mark.parametrize("kind", ["clientSecret", "workloadIdentity"])
def test_tenants_sign_in_over_the_connections_of_one_pool(kind, tmp_path):
    token = tmp_path / "token"
    token.write_text("header.claims.signature")
    environment = {**ENVIRONMENT, "AZURE_FEDERATED_TOKEN_FILE": str(token)}
    pool = Unplugged()
    for tenant_id in (CONTOSO, FABRIKAM):
        made = sign_in(Credential(type=kind), tenant_id, environment, pool)
        with pytest.raises(ProviderError, match=f"sign-in to tenant {tenant_id} failed"):
            asyncio.run(made.get_token("https://management.azure.com/.default"))
    assert set(pool.hosts) == {"login.microsoftonline.com"}
