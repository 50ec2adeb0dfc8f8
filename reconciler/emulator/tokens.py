"""Who asks: the tenant, and where it says so the client, named in an unsigned bearer token."""

import base64
import json
from dataclasses import dataclass

from .errors import ArmError

CHALLENGE = {
    "WWW-Authenticate": 'Bearer authorization_uri="https://login.windows.net/", error="invalid_token", '
    'error_description="The access token is missing or invalid."'
}


@dataclass(frozen=True, slots=True)
class Identity:
    """The tenant in lower case, and how the Azure Resource Manager names the client in its refusals."""

    tenant: str
    client: str
    object_id: str


_NIL = "00000000-0000-0000-0000-000000000000"
NOBODY = Identity("", _NIL, _NIL)


def identity_of(authorization: str | None) -> Identity:
    """Return who an Authorization header stands for: a JWT that has at least a ``tid``.

    Errors: ArmError 401 if there is no header, or no such token in it.
    """
    if not authorization:
        message = "Authentication failed. The 'Authorization' header is missing."
        raise ArmError(401, "AuthenticationFailed", message, CHALLENGE)
    scheme, _, token = authorization.partition(" ")
    try:
        claims = _claims(token.strip())
        tenant = claims["tid"]
        if scheme.lower() == "bearer" and isinstance(tenant, str) and tenant:
            object_id = str(claims.get("oid") or _NIL)
            return Identity(tenant.lower(), str(claims.get("upn") or claims.get("appid") or object_id), object_id)
    except (ValueError, KeyError, TypeError, IndexError):
        pass
    raise ArmError(401, "InvalidAuthenticationToken", "The access token is invalid.", CHALLENGE)


def _claims(token: str) -> dict[str, object]:
    payload = token.split(".")[1]
    decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    claims: dict[str, object] = json.loads(decoded)
    return claims
