"""The SDK's pipeline of one tenant: what carries bytes to the service and back, and nothing that reads them.

A client that was generated for one API puts ten more policies around a request, of which one decodes each answer as
JSON, and copies the request first: 140 of 390 µs (docs/decisions/035-many-tenants.md).
"""

from __future__ import annotations

from typing import Any

from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy, AsyncRetryPolicy, RequestIdPolicy, UserAgentPolicy
from azure.core.pipeline.transport import AioHttpTransport
from azure.mgmt.core import AsyncARMPipelineClient
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy

from reconciler import __version__
from reconciler.providers.azure.guard import Guard
from reconciler.providers.azure.reach import Reach

# Throttling passes: the service says when to come back, and a long list needs many requests.
_STATUS_RETRIES = 6


class Retries(AsyncRetryPolicy[Any, Any]):
    """The SDK's retries, unless the service wants to be left alone for longer than a run can wait."""

    def __init__(self, longest: float) -> None:
        super().__init__(retry_status=_STATUS_RETRIES)
        self._longest = longest

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Say whether a request is sent again."""
        if response.http_response.status_code < 400:
            return False
        return (self.get_retry_after(response) or 0) <= self._longest and super().is_retry(settings, response)


def wire(
    reach: Reach, credential: Any, transport: AioHttpTransport, pace: AsyncHTTPPolicy[Any, Any]
) -> AsyncARMPipelineClient[Any, Any]:
    """Return what sends requests to *reach*: signed in, retried, at its *pace*, and nowhere else."""
    policies = [
        RequestIdPolicy(),
        UserAgentPolicy(f"reconciler/{__version__}"),
        Retries(reach.longest_wait),
        pace,
        Guard(reach),
        AsyncARMChallengeAuthenticationPolicy(credential, scope_of(reach)),
    ]
    return AsyncARMPipelineClient(reach.endpoint, policies=policies, transport=transport)


def scope_of(reach: Reach) -> str:
    """Return what a token for the service must be good for."""
    return f"{reach.endpoint}/.default"
