"""The last word before a token is put on a request."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from reconciler.errors import ProviderError
from reconciler.providers.azure.reach import Reach


class Guard(SansIOHTTPPolicy[Any, Any]):
    """Let requests go to the endpoint alone.

    It runs inside the SDK's retries and before its authentication, so nothing that
    a nextLink, a Location or a redirect names elsewhere ever gets the token.
    """

    def __init__(self, reach: Reach) -> None:
        super().__init__()
        self._reach = reach

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Refuse a request that strays.

        Errors: ProviderError for another host, and for the SDK's own registering of
                a resource provider: reading changes nothing.
        """
        url = request.http_request.url
        if not self._reach.owns(url):
            raise strayed(self._reach)
        if urlsplit(url).path.lower().endswith("/register"):
            raise ProviderError(
                "the subscription is not registered for Microsoft.Capacity; register it and run again", refused=True
            )


def strayed(reach: Reach) -> ProviderError:
    """Return the error for an address that leads away from the endpoint; the address may hold a signature."""
    return ProviderError(
        f"the service named an address that is not on {reach.endpoint}; nothing was sent there, check azure.endpoint",
        refused=True,
    )
