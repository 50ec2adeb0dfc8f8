"""The identity token of a GitHub Actions job, which Azure takes for an application's.

Asked for as it is needed: it holds for minutes, and a run over many tenants signs in for longer.

Source: docs.github.com, "OpenID Connect reference", methods for requesting the token.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from urllib.request import Request, urlopen

from reconciler.errors import ProviderError

_AUDIENCE = "api://AzureADTokenExchange"
_URL, _TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
# In seconds; GitHub's tokens hold for five minutes.
_KEPT = 180.0
_TIMEOUT = 30.0

_known: dict[str, tuple[float, str]] = {}


def offers(environment: Mapping[str, str]) -> bool:
    """Say whether this is a job that may ask for an identity token (``permissions: id-token: write``)."""
    return bool(environment.get(_URL) and environment.get(_TOKEN))


def identity(environment: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> str:
    """Return the job's identity token, asked for anew every three minutes at most.

    Errors: ProviderError (refused) if GitHub does not give one.
    """
    url = environment[_URL]
    at, token = _known.get(url, (float("-inf"), ""))
    if clock() - at > _KEPT:
        at, token = clock(), _asked(url, environment[_TOKEN])
        _known[url] = (at, token)
    return token


def _asked(url: str, bearer: str) -> str:
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise ProviderError(f"{_URL} is not an https address; nothing was sent", refused=True)
    joined = f"{url}{'&' if '?' in url else '?'}audience={_AUDIENCE}"
    try:
        with urlopen(Request(joined, headers={"authorization": f"Bearer {bearer}"}), timeout=_TIMEOUT) as answer:
            return str(json.load(answer)["value"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        text = (
            f"GitHub gave no identity token ({type(error).__name__}); does the job have permissions: id-token: write?"
        )
        raise ProviderError(text, refused=True) from error
