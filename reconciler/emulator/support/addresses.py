"""Addresses of Microsoft.Support: of the whole tenant, or below a subscription."""

from ..calls import Call, Handler, Route

PROVIDER = "/providers/Microsoft.Support"
VERSIONS = ("2024-04-01",)


def both(method: str, path: str, handler: Handler) -> tuple[Route, Route]:
    """Return the routes to *handler* for the tenant and for a subscription; *path* begins below the provider."""
    return (
        Route(method, f"{PROVIDER}{path}", handler, VERSIONS),
        Route(method, f"/subscriptions/{{subscription}}{PROVIDER}{path}", handler, VERSIONS),
    )


def scope(call: Call) -> str:
    """Return the path of the subscription that a call is below, or nothing for the whole tenant."""
    subscription = call.parts.get("subscription")
    return f"/subscriptions/{subscription}" if subscription else ""
