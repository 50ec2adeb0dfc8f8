"""What a ticket says: read from a request, as it reads back.

Source: API definition Microsoft.Support 2024-04-01 for what is required and allowed; recorded traffic of the Azure
CLI's support tests for what reads back otherwise than it was sent: severity "Minimal", preferredContactMethod
"Email", preferredSupportLanguage "en-US", instants without a fraction of a second. What no recording shows reads
back likewise.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ..bodies import Body
from ..days import instant
from ..errors import bad_content
from ..shapes import require
from . import services

_CONTACT = {
    "firstName": str,
    "lastName": str,
    "preferredContactMethod": str,
    "primaryEmailAddress": str,
    "additionalEmailAddresses": [str],
    "phoneNumber": str,
    "preferredTimeZone": str,
    "country": str,
    "preferredSupportLanguage": str,
}
_OPTIONAL_CONTACT = ("additionalEmailAddresses", "phoneNumber")
_NEW_CONTACT = {key if key in _OPTIONAL_CONTACT else f"{key}!": shape for key, shape in _CONTACT.items()}
_NEW = {
    "properties!": {
        "serviceId!": str,
        "title!": str,
        "description!": str,
        "problemClassificationId!": str,
        "severity!": str,
        "contactDetails!": _NEW_CONTACT,
        "advancedDiagnosticConsent!": str,
        "require24X7Response": bool,
        "enrollmentId": str,
        "supportPlanId": str,
        "problemStartTime": str,
        "fileWorkspaceName": str,
        "problemScopingQuestions": str,
        "technicalTicketDetails": dict,
        "quotaTicketDetails": dict,
        "secondaryConsent": [dict],
    }
}
_CHANGE = {
    "severity": str,
    "status": str,
    "contactDetails": _CONTACT,
    "advancedDiagnosticConsent": str,
    "secondaryConsent": [dict],
}
_AS_SENT = ("problemScopingQuestions", "technicalTicketDetails", "quotaTicketDetails", "secondaryConsent")
_SEVERITIES = ("Minimal", "Moderate", "Critical", "HighestCriticalImpact")
_LANGUAGES = (
    "en-US", "zh-Hans", "es-ES", "fr-FR", "ja-JP", "ko-KR", "ru-RU", "pt-BR", "it-IT", "zh-TW", "de-DE",
)  # fmt: skip
# As recorded for the support plan that every tenant has.
_PLAN_ID = "U291cmNlOkZyZWUsRnJlZUlkOjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwOSw="
_SLA_MINUTES = 480


def new(body: Any, number: str, now: datetime) -> Body:
    """Return the properties of the ticket that a request asks for, with this supportTicketId."""
    asked = require(body, _NEW)["properties"]
    for key in ("title", "description"):
        _filled(f"properties.{key}", asked[key])
    service, problem = services.find(asked["serviceId"], asked["problemClassificationId"])
    started = {"problemStartTime": _instant(asked["problemStartTime"])} if asked.get("problemStartTime") else {}
    return {
        "description": asked["description"],
        "problemClassificationId": problem["id"],
        "problemClassificationDisplayName": problem["properties"]["displayName"],
        "severity": _one_of("properties.severity", asked["severity"], _SEVERITIES),
        "require24X7Response": asked.get("require24X7Response") or False,
        "enrollmentId": asked.get("enrollmentId") or "",
        "contactDetails": _contact("properties.contactDetails", asked["contactDetails"]),
        # The service counts business hours alone; here the minutes run on.
        "serviceLevelAgreement": {
            "startTime": seconds(now),
            "expirationTime": seconds(now + timedelta(minutes=_SLA_MINUTES)),
            "slaMinutes": _SLA_MINUTES,
        },
        "supportEngineer": {},
        "supportPlanType": "Basic",
        "supportPlanDisplayName": "Basic support",
        "advancedDiagnosticConsent": _consent("properties.", asked),
        "isTemporaryTicket": "No",
        "supportPlanId": asked.get("supportPlanId") or _PLAN_ID,
        "fileWorkspaceName": asked.get("fileWorkspaceName") or number,
        "supportTicketId": number,
        "title": asked["title"],
        "serviceId": service["id"],
        "serviceDisplayName": service["properties"]["displayName"],
        "status": "Open",
        **started,
        "createdDate": seconds(now),
        "modifiedDate": seconds(now),
        **{key: asked[key] for key in _AS_SENT if asked.get(key)},
    }


def changes(body: Any, properties: Mapping[str, Any]) -> Body:
    """Return the properties that a request changes in a ticket that has these *properties*."""
    asked = require(body, _CHANGE)
    found: Body = {}
    if asked.get("severity") is not None:
        found["severity"] = _one_of("severity", asked["severity"], _SEVERITIES)
    if asked.get("status") is not None:
        found["status"] = _one_of("status", asked["status"], ("Open", "Closed"))
    if asked.get("contactDetails") is not None:
        given = {key: value for key, value in asked["contactDetails"].items() if value is not None}
        found["contactDetails"] = _contact("contactDetails", (properties.get("contactDetails") or {}) | given)
    if asked.get("advancedDiagnosticConsent") is not None:
        found["advancedDiagnosticConsent"] = _consent("", asked)
    if asked.get("secondaryConsent"):
        found["secondaryConsent"] = asked["secondaryConsent"]
    return found


def seconds(moment: datetime) -> str:
    """Return *moment*, which is in UTC, as a ticket writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _contact(place: str, given: Body) -> Body:
    contact = {key: given[key] for key in _CONTACT if given.get(key) is not None}
    for key, value in contact.items():
        _filled(f"{place}.{key}", value)
    method, language = "preferredContactMethod", "preferredSupportLanguage"
    contact[method] = _one_of(f"{place}.{method}", contact.get(method, ""), ("Email", "Phone"))
    contact[language] = _one_of(f"{place}.{language}", contact.get(language, ""), _LANGUAGES)
    if contact[method] == "Phone" and "phoneNumber" not in contact:
        raise bad_content(f"{place}.phoneNumber: is required when preferredContactMethod is phone")
    if not re.fullmatch(r"[A-Za-z]{3}", contact["country"]):
        raise bad_content(f"{place}.country: must be an ISO 3166-1 alpha-3 code, not {contact['country']!r}")
    for address in (contact["primaryEmailAddress"], *contact.get("additionalEmailAddresses", [])):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            raise bad_content(f"{place}: {address!r} is not an e-mail address")
    return contact


def _consent(place: str, asked: Body) -> str:
    return _one_of(f"{place}advancedDiagnosticConsent", asked["advancedDiagnosticConsent"], ("Yes", "No"))


def _one_of(place: str, value: str, choices: tuple[str, ...]) -> str:
    """Return the choice that *value* is, in any case, as it reads back."""
    for choice in choices:
        if choice.lower() == value.lower():
            return choice
    raise bad_content(f"{place}: must be one of {', '.join(choices)}, not {value!r}")


def _filled(place: str, value: Any) -> None:
    if isinstance(value, str) and not value.strip():
        raise bad_content(f"{place}: must not be empty")


def _instant(text: str) -> str:
    try:
        return seconds(instant(text))
    except ValueError:
        raise bad_content(f"properties.problemStartTime: {text!r} is not an instant") from None
