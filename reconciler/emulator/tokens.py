"""Who asks: the tenant named in an unsigned bearer token."""

import base64
import json

from .errors import ArmError

_CHALLENGE = {
    "WWW-Authenticate": 'Bearer authorization_uri="https://login.windows.net/", error="invalid_token", '
    'error_description="The access token is missing or invalid."'
}


def tenant_of(authorization: str | None) -> str:
    """Return the tenant, in lower case, of an Authorization header whose JWT has a ``tid``.

    Errors: ArmError 401 if there is no header, or no such token in it.
    """
    if not authorization:
        message = "Authentication failed. The 'Authorization' header is missing."
        raise ArmError(401, "AuthenticationFailed", message, _CHALLENGE)
    scheme, _, token = authorization.partition(" ")
    try:
        claims = _claims(token.strip())
        tenant = claims["tid"]
        if scheme.lower() == "bearer" and isinstance(tenant, str) and tenant:
            return tenant.lower()
    except (ValueError, KeyError, TypeError, IndexError):
        pass
    raise ArmError(401, "InvalidAuthenticationToken", "The access token is invalid.", _CHALLENGE)


def _claims(token: str) -> dict[str, object]:
    payload = token.split(".")[1]
    decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    claims: dict[str, object] = json.loads(decoded)
    return claims
