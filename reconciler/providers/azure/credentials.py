"""Signing in: azure-identity for Azure, a made token for the emulator."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import AsyncHttpTransport

from reconciler.errors import ProviderError
from reconciler.model.desired import Credential
from reconciler.providers.azure import github
from reconciler.providers.azure.answers import plain

_FOREVER = 2**33
_NOBODY = "00000000-0000-0000-0000-000000000000"
_Make = Callable[[str, str | None, Mapping[str, str], Mapping[str, Any]], Any]


class SignIn:
    """A credential of azure-identity that answers for one tenant alone.

    Every failure is a ProviderError with ``refused``: without a token nothing is sent.
    """

    def __init__(self, credential: Any, tenant_id: str) -> None:
        self._credential = credential
        self._tenant_id = tenant_id

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return a token, whose tenant must be the customer's wherever the token tells."""
        try:
            token: AccessToken = await self._credential.get_token(*scopes, **options)
        except (AzureError, ValueError) as error:
            raise ProviderError(
                f"sign-in to tenant {self._tenant_id} failed: {plain(str(error))}; check its credential", refused=True
            ) from error
        found = tenant_of(token.token)
        if found is not None and found != self._tenant_id:
            raise ProviderError(
                f"sign-in gave a token of tenant {plain(found)}, not of {self._tenant_id}; nothing was sent, "
                "use a credential that can sign in to the customer's own tenant",
                refused=True,
            )
        return token

    async def close(self) -> None:
        """Let go of the credential's connections."""
        await self._credential.close()


class MadeCredential:
    """The emulator's credential: a JWT that nobody signed; it names a tenant, and nobody for its holder."""

    def __init__(self, tenant_id: str) -> None:
        parts = ({"alg": "none", "typ": "JWT"}, {"tid": tenant_id, "oid": _NOBODY})
        encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
        self._token = AccessToken(".".join((*encoded, "")), _FOREVER)

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Return the token, which never expires."""
        return self._token

    async def close(self) -> None:
        """Do nothing: there are no connections."""


def sign_in(
    credential: Credential | None,
    tenant_id: str,
    environment: Mapping[str, str] = os.environ,
    transport: AsyncHttpTransport[Any, Any] | None = None,
) -> SignIn:
    """Return what signs in to *tenant_id*, with secrets from the environment alone; *transport* carries its requests.

    Where no credential is configured, the environment decides as azure-identity's
    names say, and the Azure CLI is the last resort.
    Errors: ProviderError if the environment lacks what the credential needs.
    """
    kind = kind_of(credential, environment)
    client_id = (credential.client_id if credential else None) or environment.get("AZURE_CLIENT_ID")
    if credential and credential.tenant_id and credential.tenant_id.lower() != tenant_id:
        raise ProviderError(
            f"credential.tenantId {credential.tenant_id} is not the customer's tenant {tenant_id}; "
            "reservations are read and changed in the customer's own tenant: remove it",
            refused=True,
        )
    options = {"transport": transport} if transport else {}
    return SignIn(_KINDS[kind](tenant_id, client_id, environment, options), tenant_id)


def tenant_of(token: str) -> str | None:
    """Return the lower-case tenant that a token names, or None where it cannot be read."""
    tenant = claims_of(token).get("tid")
    return tenant.lower() if isinstance(tenant, str) else None


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says of its holder; nothing where it cannot be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError, AttributeError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def kind_of(credential: Credential | None, environment: Mapping[str, str] = os.environ) -> str:
    """Return which kind of credential signs in."""
    if credential:
        return credential.type
    if environment.get("AZURE_FEDERATED_TOKEN_FILE"):
        return "workloadIdentity"
    if environment.get("AZURE_CLIENT_SECRET"):
        return "clientSecret"
    if environment.get("AZURE_CLIENT_CERTIFICATE_PATH"):
        return "clientCertificate"
    # A job that signed in by azure/login may have the right to ask too, but names no application to us.
    return "workloadIdentity" if environment.get("AZURE_CLIENT_ID") and github.offers(environment) else "cli"


def _cli(tenant_id: str, _client_id: str | None, _environment: Mapping[str, str], _options: Mapping[str, Any]) -> Any:
    from azure.identity.aio import AzureCliCredential

    return AzureCliCredential(tenant_id=tenant_id)


def _workload_identity(
    tenant_id: str, client_id: str | None, environment: Mapping[str, str], options: Mapping[str, Any]
) -> Any:
    from azure.identity.aio import ClientAssertionCredential, WorkloadIdentityCredential

    application = _needed(client_id, "AZURE_CLIENT_ID")
    if not environment.get("AZURE_FEDERATED_TOKEN_FILE") and github.offers(environment):
        return ClientAssertionCredential(tenant_id, application, partial(github.identity, environment), **options)
    return WorkloadIdentityCredential(
        tenant_id=tenant_id,
        client_id=application,
        token_file_path=_needed(environment.get("AZURE_FEDERATED_TOKEN_FILE"), "AZURE_FEDERATED_TOKEN_FILE"),
        **options,
    )


def _client_secret(
    tenant_id: str, client_id: str | None, environment: Mapping[str, str], options: Mapping[str, Any]
) -> Any:
    from azure.identity.aio import ClientSecretCredential

    return ClientSecretCredential(
        tenant_id=tenant_id,
        client_id=_needed(client_id, "AZURE_CLIENT_ID"),
        client_secret=_needed(environment.get("AZURE_CLIENT_SECRET"), "AZURE_CLIENT_SECRET"),
        **options,
    )


def _client_certificate(
    tenant_id: str, client_id: str | None, environment: Mapping[str, str], options: Mapping[str, Any]
) -> Any:
    from azure.identity.aio import CertificateCredential

    path = _needed(environment.get("AZURE_CLIENT_CERTIFICATE_PATH"), "AZURE_CLIENT_CERTIFICATE_PATH")
    try:
        return CertificateCredential(
            tenant_id=tenant_id,
            client_id=_needed(client_id, "AZURE_CLIENT_ID"),
            certificate_path=path,
            password=environment.get("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
            **options,
        )
    except (OSError, ValueError) as error:
        raise ProviderError(f"AZURE_CLIENT_CERTIFICATE_PATH {path}: {plain(str(error))}", refused=True) from error


def _managed_identity(
    _tenant_id: str, client_id: str | None, _environment: Mapping[str, str], options: Mapping[str, Any]
) -> Any:
    from azure.identity.aio import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=client_id, **options)


_KINDS: dict[str, _Make] = {
    "cli": _cli,
    "workloadIdentity": _workload_identity,
    "clientSecret": _client_secret,
    "clientCertificate": _client_certificate,
    "managedIdentity": _managed_identity,
}


def _needed(value: str | None, name: str) -> str:
    if not value:
        raise ProviderError(f"the credential needs {name} in the environment; set it", refused=True)
    return value
