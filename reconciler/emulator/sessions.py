"""Sessions: a quote is good for one use, for fifteen minutes.

How long a session of the service lives is not documented; recorded traffic used it within seconds.
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from .bodies import Body
from .days import instant, written
from .errors import session_error
from .estate import Customer
from .world import World

LIFETIME = timedelta(minutes=15)
_KEPT = timedelta(days=1)


def reserve() -> str:
    """Return the id of a session to be minted."""
    return str(uuid4())


def mint(world: World, customer: Customer, kind: str, session: str, terms: Body) -> None:
    """Open a session of *kind* over *terms*: what was asked and what was answered."""
    sessions = world.memory("sessions")
    real = world.clock.real()
    for old in [name for name, kept in sessions.items() if real - instant(kept["realAt"]) > _KEPT]:
        del sessions[old]
    sessions[session] = {
        "kind": kind,
        "tenantId": customer.tenant,
        "mintedAt": written(world.clock.now()),
        "realAt": written(real),
        "used": False,
        "terms": terms,
    }


def live(world: World, customer: Customer, kind: str, session: str) -> dict[str, Any]:
    """Return the terms of a session that can still be used.

    Errors: ArmError 400 if it is unknown, of another kind or tenant, used, or older than its lifetime by the
    emulator's clock or by the machine's.
    """
    found = world.estate.memory("sessions").get(session.lower())
    if found is None or found["tenantId"] != customer.tenant or found["kind"] != kind:
        raise session_error("unknown", session)
    if found["used"]:
        raise session_error("used", session)
    ages = (
        world.clock.now() - instant(found["mintedAt"]),
        world.clock.real() - instant(found["realAt"]),
    )
    if max(ages) > LIFETIME:
        raise session_error("timedOut", session)
    terms: dict[str, Any] = found["terms"]
    return terms


def expire(world: World, session: str) -> None:
    """Make a session, where there is one, as old as one that timed out."""
    found = world.estate.memory("sessions").get(session.lower())
    if found is not None:
        world.memory("sessions")[session.lower()]["realAt"] = written(world.clock.real() - 2 * LIFETIME)


def spend(world: World, session: str) -> None:
    """Mark a session as used."""
    world.memory("sessions")[session.lower()]["used"] = True
