"""Support requests: Microsoft.Support 2024-04-01, at the tenant, without a subscription.

Source: the API's definition, and traffic recorded by Microsoft's command line
(Azure/azure-cli-extensions, support): the name is the client's to choose, a request is
accepted with 202 and is there once its operation has succeeded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.rest import HttpRequest

from reconciler.config import Support
from reconciler.errors import ProviderError, Unsettled
from reconciler.model.support import PROBLEM_TYPE, SERVICE, SupportRequest, Ticket
from reconciler.providers.azure.answers import error_of, plain, wording
from reconciler.providers.azure.operations import ENDS, SUCCEEDED, link_of, status_of, watch
from reconciler.providers.azure.sending import FIND_OUT, send_once
from reconciler.providers.azure.tenant import Tenant, find

SUPPORT = "/providers/Microsoft.Support"
_API_VERSION = "2024-04-01"
# Recorded traffic: the operation ended within 31 seconds.
_FILING_SECONDS = 300.0
# The client wants a subscription; nothing here is asked of one.
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


async def file_request(tenant: Tenant, request: SupportRequest, settings: Support, ready: Callable[[], None]) -> Ticket:
    """File *request* under its name, and return it as Microsoft keeps it.

    One that is there already under the name is the same request, and nothing is sent.
    What comes before the sending takes its time: *ready* says right before it whether to go on.

    Errors: ProviderError with ``refused`` if nothing was filed; Unsettled if nobody knows.
    """
    asked = f"support request {request.name}"
    try:
        filed = await look_at_request(tenant, request.name)
        if filed is not None:
            return filed
        await _require_not_asked(tenant, request)
    except ProviderError as error:
        raise ProviderError(f"{error}; nothing was filed", error.code, refused=True) from error
    service, classification = await _classification(tenant, settings.problem_classification_id)
    body = _body(request, settings, service, classification)
    put = HttpRequest("PUT", _path(request.name), params={"api-version": _API_VERSION}, json=body)
    ready()
    try:
        answer = await send_once(tenant, put, asked)
    except ProviderError as error:
        await _require_not_there(tenant, request.name, asked, error)
        raise
    try:
        link = link_of(tenant, answer)
        operation = await watch(tenant, link, asked, _FILING_SECONDS) if link else {}
        filed = await look_at_request(tenant, request.name)
    except ProviderError as error:
        raise Unsettled(f"{error}; {FIND_OUT}", error.code) from error
    if filed is None:
        raise _not_there(asked, operation)
    return filed


async def look_at_request(tenant: Tenant, name: str) -> Ticket | None:
    """Return how a request stands, None if Microsoft has none of that name."""
    body = await find(tenant, _path(name), **{"api-version": _API_VERSION})
    if body is None:
        return None
    properties = body.get("properties")
    if not isinstance(properties, dict) or str(body.get("name", "")).lower() != name.lower():
        raise ProviderError(f"GET {_path(name)}: the answer is about something else; nothing may be built on it")
    number, status = properties.get("supportTicketId"), properties.get("status")
    return Ticket(
        name=name,
        id=plain(str(number or name)),
        status=plain(str(status or "Open")),
        changed_at=_instant(properties.get("modifiedDate")),
    )


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None


def _path(name: str) -> str:
    return f"{SUPPORT}/supportTickets/{quote(name, safe='')}"


async def _require_not_asked(tenant: Tenant, request: SupportRequest) -> None:
    """Refuse what an open request is about already, whoever filed it.

    A ledger that was lost, or somebody in the portal, may have asked: two requests for a
    part of a reservation could both be granted.
    """
    query = {"api-version": _API_VERSION, "$filter": "Status eq 'Open'"}
    for item in await tenant.pages(f"{SUPPORT}/supportTickets", **query):
        properties = item.get("properties")
        if not isinstance(properties, dict):
            raise ProviderError("the list of open support requests is not what the definition says")
        said = f"{properties.get('title')} {properties.get('description')}".lower()
        about = [guid for guid in request.reservations if guid.lower() in said]
        if about:
            number = plain(str(properties.get("supportTicketId") or item.get("name")))
            text = f"support request {number} is open and about reservation {about[0]}; close it, or wait for its end"
            raise ProviderError(text, code="support.asked-already")


async def _require_not_there(tenant: Tenant, name: str, asked: str, refusal: ProviderError) -> None:
    """Raise Unsettled for a refused request whose name is taken all the same.

    A PUT counts as harmless to repeat, so that a connection that breaks makes the HTTP
    client send it again; then the second is refused for the first.
    """
    if not refusal.refused:
        return
    question = {"name": name, "type": "Microsoft.Support/supportTickets"}
    check = HttpRequest("POST", f"{SUPPORT}/checkNameAvailability", params={"api-version": _API_VERSION}, json=question)
    try:
        answer = await tenant.ask(check, asked)
        free = answer.good and answer.json(asked).get("nameAvailable") is True
    except ProviderError:
        free = False
    if not free:
        raise Unsettled(f"{refusal}; its name is taken; {FIND_OUT}", refusal.code) from refusal


def _not_there(asked: str, operation: dict[str, Any]) -> ProviderError:
    """Return the error of a request that was accepted and is not there: refused if its operation says so."""
    code, message = error_of(operation)
    said = ": ".join(
        part for part in (str(operation.get("status") or "accepted, and not there"), code, message) if part
    )
    if status_of(operation) in ENDS - {SUCCEEDED}:
        return ProviderError(f"{asked}: {said}; nothing was filed", code, refused=True)
    return Unsettled(f"{asked}: {said}; {FIND_OUT}", code)


def _body(request: SupportRequest, settings: Support, service: str, classification: str) -> dict[str, Any]:
    """Return the request as the definition's own client writes it."""
    from azure.mgmt.support.models import ContactProfile, SupportTicketDetails

    contact = request.contact
    details = SupportTicketDetails(
        title=request.title,
        description=request.description,
        service_id=service,
        problem_classification_id=classification,
        severity=settings.severity,
        advanced_diagnostic_consent=settings.advanced_diagnostic_consent,
        contact_details=ContactProfile(
            first_name=contact["firstName"],
            last_name=contact["lastName"],
            primary_email_address=contact["email"],
            phone_number=contact.get("phone"),
            preferred_contact_method=contact["preferredContactMethod"],
            preferred_time_zone=contact["preferredTimeZone"],
            country=contact["country"],
            preferred_support_language=contact["language"],
        ),
    )
    return dict(details.serialize())


async def _classification(tenant: Tenant, configured: str | None) -> tuple[str, str]:
    """Return the full ids of the billing service and of the problem to file under.

    Microsoft asks that both be looked up each time, since they change.

    Errors: ProviderError with ``refused``: nothing was filed.
    """
    from azure.mgmt.support.aio import MicrosoftSupport

    client = MicrosoftSupport(
        tenant.credential, _NO_SUBSCRIPTION, base_url=tenant.reach.endpoint, **tenant.client_options()
    )
    options = {"enforce_https": not tenant.reach.loopback}
    try:
        async with client:
            services = [item async for item in client.services.list(**options)]
            service = _named(services, SERVICE, "service")
            if configured:
                within = f"{service.id}/problemClassifications/{configured}"
                return service.id, configured if "/" in configured else within
            problems = [item async for item in client.problem_classifications.list(service.name, **options)]
            return service.id, _named(problems, PROBLEM_TYPE, "problem type").id
    except HttpResponseError as error:
        said = error.error.code if error.error else error.status_code
        text = f"support services: the service answered {plain(str(said))}; nothing was filed"
        raise ProviderError(text, error.error.code if error.error else None, refused=True) from error
    except AzureError as error:
        raise ProviderError(f"support services: {wording(error)}; nothing was filed", refused=True) from error
    except (ValueError, TypeError, AttributeError) as error:
        # What the SDK's models make of an answer that is none of theirs.
        text = "support services: the answer is not what the definition says; nothing was filed"
        raise ProviderError(text, refused=True) from error


def _named(items: list[Any], name: str, noun: str) -> Any:
    """Return the item with that display name; its case differs between Microsoft's pages and examples."""
    for item in items:
        if (item.display_name or "").lower() == name.lower():
            return item
    text = (
        f'support services: Microsoft lists no {noun} "{name}"; look it up in the portal and set '
        "azure.support.problemClassificationId, or file the request by hand. Nothing was filed"
    )
    raise ProviderError(text, code="support.classification", refused=True)
