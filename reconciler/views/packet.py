"""A support request as text to paste into the portal's form, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.support import PROBLEM_TYPE, SERVICE, SupportRequest
from reconciler.reports.plain import plain

# The fields of a contact in the order of the portal's form, with what they are called there.
_CONTACT = {
    "email": "Email",
    "phone": "Phone",
    "preferredContactMethod": "Preferred contact method",
    "preferredTimeZone": "Time zone",
    "country": "Country",
    "language": "Language",
}


def packet_text(request: SupportRequest, severity: str, file: str) -> str:
    """Return *request* as lines; *file* is where a contact would be written."""
    return "\n".join(plain(line) for line in _lines(request, severity, file))


def _lines(request: SupportRequest, severity: str, file: str) -> Iterator[str]:
    yield f"Service: {SERVICE}"
    yield f"Problem type: {PROBLEM_TYPE}"
    yield f"Severity: {severity}"
    yield f"Title: {request.title}"
    yield ""
    yield "Description:"
    yield from request.description.splitlines()
    yield ""
    yield "Contact:"
    yield from _contact(request.contact, file)


def _contact(contact: Mapping[str, str], file: str) -> Iterator[str]:
    if not contact:
        yield f"none: write spec.contact in {file}"
        return
    yield f"Name: {contact['firstName']} {contact['lastName']}"
    for key, name in _CONTACT.items():
        if contact.get(key):
            yield f"{name}: {contact[key]}"
