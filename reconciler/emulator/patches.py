"""Changes in place: PATCH reservation.

Source: recorded traffic of the Azure CLI's reservation tests: answered at once, 200 with the whole body;
``name`` reads back as displayName; only what is sent changes, and a ``renew: false`` that is sent does
switch renewal off. Error codes of the API definition: a patch that changes nothing is an error.
"""

import copy

from . import revisions
from .bodies import Body
from .calls import Answer, Call, Route
from .days import instant, written
from .errors import ArmError, wrong_state
from .estate import Customer
from .purchases import PURCHASE_SHAPE, normalized, totals
from .scopes import SCOPE_KEYS, SCOPE_SHAPE, require_held, same_scope, scope_of
from .shapes import require

_REQUEST = {
    "properties!": {
        **SCOPE_SHAPE,
        "instanceFlexibility": ("On", "Off"),
        "name": str,
        "renew": bool,
        "renewProperties": {"purchaseProperties": PURCHASE_SHAPE},
        "reviewDateTime": instant,
    }
}


def patch(call: Call) -> Answer:
    """Change what the request names, and answer with the whole reservation."""
    reservation = call.reservation()
    body = require(call.body, _REQUEST)
    asked = {key: value for key, value in body["properties"].items() if value is not None}
    properties = reservation["properties"]
    if properties.get("provisioningState") != "Succeeded":
        raise wrong_state(call.parts["reservation"], str(properties.get("provisioningState")))
    changes = _scope_changes(asked, properties, call.customer)
    changes |= _plain_changes(asked, properties) | _renewal(call, asked, properties)
    if not changes:
        raise _same_as_existing(asked)
    revisions.begin(call.world, reservation)
    if "appliedScopeType" in changes:
        for key in SCOPE_KEYS:
            properties.pop(key, None)
    properties.update(changes)
    revisions.finish(call.world, reservation)
    call.world.touch(call.customer)
    shown = copy.copy(properties)
    shown.pop("renewProperties", None)
    return Answer(200, {**reservation, "properties": shown})


def _scope_changes(asked: Body, properties: Body, customer: Customer) -> Body:
    if not any(key in asked for key in SCOPE_KEYS):
        return {}
    scope = scope_of(asked, properties)
    if same_scope(scope, properties):
        return {}
    require_held(scope, customer)
    return scope


def _plain_changes(asked: Body, properties: Body) -> Body:
    wanted: Body = {key: asked[key] for key in ("instanceFlexibility", "renew") if key in asked}
    if "reviewDateTime" in asked:
        wanted["reviewDateTime"] = written(instant(asked["reviewDateTime"]))
    if "name" in asked:
        wanted["displayName"] = asked["name"]
    changes = {key: value for key, value in wanted.items() if properties.get(key, _DEFAULTS.get(key)) != value}
    if "renew" in changes:
        changes["userFriendlyRenewState"] = "On" if changes["renew"] else "Off"
    return changes


# A reservation that says nothing of renewal is not renewed (default of the API definition).
_DEFAULTS = {"renew": False}


def _renewal(call: Call, asked: Body, properties: Body) -> Body:
    purchase = (asked.get("renewProperties") or {}).get("purchaseProperties")
    if not purchase:
        return {}
    wanted = normalized(purchase)
    if wanted == (properties.get("renewProperties") or {}).get("purchaseProperties"):
        return {}
    return {"renewProperties": {"purchaseProperties": wanted, **totals(call, wanted)}}


def _same_as_existing(asked: Body) -> ArmError:
    if asked and all(key in SCOPE_KEYS for key in asked):
        message = "The applied scopes are the same as the existing ones."
        return ArmError(400, "AppliedScopesSameAsExisting", message)
    message = "The values in the patch request are the same as the existing ones."
    return ArmError(400, "PatchValuesSameAsExisting", message)


ROUTES = (Route("PATCH", "/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{reservation}", patch),)
