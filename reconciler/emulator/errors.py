"""What can go wrong: an error for whoever starts the emulator, and errors in Azure's own words.

EmulatorError   the estate file, port or clock is unusable: one line for the user
ArmError        a request is refused: an HTTP status and Azure's error body
"""

from collections.abc import Mapping


class EmulatorError(Exception):
    """Tell the user in one line why the emulator cannot run or cannot do what the administrator asked."""


class ArmError(Exception):
    """Refuse a request as Azure does, with ``{"error": {"code", "message"}}``."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """Return the error body of the Azure Resource Manager."""
        return {"error": {"code": self.code, "message": self.message}}


# How Azure words these refusals is not public: codes without a source in the API definition's
# ErrorResponseCode, and every message but the first, are ours. The first is quoted in
# Azure/bicep-types-az issue 2052, for a purchase without a fresh price.
SESSION_ERRORS = {
    "price": (
        "SessionTimedOut",
        "Session timed out - Call CalculatePrice again and provide the new Reservation Order ID for purchase",
    ),
    "unknown": ("InvalidRequestContent", "The session '{session}' is not known."),
    "timedOut": (
        "SessionTimedOut",
        "Session '{session}' timed out. Calculate again and use the new session.",
    ),
    "used": ("InvalidRequestContent", "The session '{session}' was used before."),
    "other": ("InvalidRequestContent", "The session '{session}' was opened for another request."),
}


def session_error(kind: str, session: str) -> ArmError:
    """Return the refusal of a session that cannot be used."""
    code, message = SESSION_ERRORS[kind]
    return ArmError(400, code, message.format(session=session))


def bad_content(message: str) -> ArmError:
    """Return the refusal of a body that breaks the API definition."""
    return ArmError(400, "InvalidRequestContent", f"The request content was invalid: {message}.")


def wrong_state(name: str, state: str) -> ArmError:
    """Return the refusal of an operation on something that is cancelled, expired or still in progress."""
    return ArmError(
        400,
        "OperationCannotBePerformedInCurrentState",
        f"The operation cannot be performed on '{name}' in its current state '{state}'.",
    )


# As in the API definition's example CalculateRefund.json.
SELF_SERVICE_REFUSED = {
    "code": "SelfServiceRefundNotSupported",
    "message": "Self Service refunds are currently not supported for this resource, please contact support.",
}

# The codes of ExchangePolicyError are plain strings of the API definition; none of them is public.
EXCHANGE_ERRORS = {
    # Of the codes in the definition's ErrorResponseCode this is the only one that fits: it has none for exchanges.
    "refused": (
        SELF_SERVICE_REFUSED["code"],
        "Self Service exchanges are currently not supported, please contact support.",
    ),
    "commitment": (
        "NewCommitmentBelowReturned",
        "The lifetime commitment of the purchases ({new}) must be at least the returned one ({returned}).",
    ),
    "family": ("ExchangeAcrossFamilies", "Only products of one family can be exchanged for each other."),
    "capability": (
        "SelfServiceExchangeNotSupported",
        "Self Service exchanges are currently not supported for this resource, please contact support.",
    ),
}


def exchange_error(kind: str, **figures: str) -> dict[str, str]:
    """Return a policy error of an exchange, as it stands inside the quote."""
    code, message = EXCHANGE_ERRORS[kind]
    return {"code": code, "message": message.format(**figures)}


# What support does although a client may not do it itself.
SUPPORT_MAY = {SELF_SERVICE_REFUSED["code"], EXCHANGE_ERRORS["capability"][0]}
