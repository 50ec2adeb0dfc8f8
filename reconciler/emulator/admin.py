"""What the emulator answers about itself, beside ARM: the estate, requests, the clock, faults, the support agent."""

from typing import TYPE_CHECKING, Any

from .calls import Answer
from .days import instant, written
from .errors import ArmError, EmulatorError
from .faults import profiles
from .support import agent, operations

if TYPE_CHECKING:
    from .app import Azure


def answer(azure: "Azure", method: str, name: str, body: Any) -> Answer:
    """Answer ``/_emulator/{name}``."""
    if (method, name) == ("POST", "clock"):
        return _move(azure, body)
    if name == "faults" and method in ("POST", "DELETE"):
        return _set_faults(azure, body if method == "POST" else {})
    if method == "POST" and name.startswith(_SUPPORT):
        return agent.decide(azure.world, name.removeprefix(_SUPPORT), body)
    if method == "GET" and name in _SHOWN:
        return Answer(200, _SHOWN[name](azure))
    return Answer(404, ArmError(404, "NotFound", f"There is no {method} /_emulator/{name}.").body())


def _estate(azure: "Azure") -> Any:
    return {key: value for key, value in azure.world.document().items() if key != "emulator"}


def _requests(azure: "Azure") -> Any:
    return azure.requests


def _clock(azure: "Azure") -> Any:
    return {"at": written(azure.world.clock.now())}


def _move(azure: "Azure", body: Any) -> Answer:
    clock = azure.world.clock
    try:
        if "at" in body:
            clock.move(instant(body["at"]))
        else:
            clock.advance(body["advance"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        message = f'Send {{"at": "2027-01-31T12:00:00Z"}} or {{"advance": "P30D"}}: {error}.'
        return Answer(400, ArmError(400, "InvalidClock", message).body())
    azure.world.settle()
    # However long it took: by now it is there, and everybody sees it.
    azure.faults.catch_up()
    for customer in azure.world.estate.customers.values():
        operations.finish(azure.world, customer)
    return Answer(200, _clock(azure))


def _set_faults(azure: "Azure", body: Any) -> Answer:
    try:
        azure.faults.set(profiles.named(body))
    except EmulatorError as error:
        return Answer(400, ArmError(400, "InvalidFaults", f"{error}.").body())
    return Answer(200, _faults(azure))


def _faults(azure: "Azure") -> Any:
    return azure.faults.shown()


_SUPPORT = "support/"
_SHOWN = {"estate": _estate, "requests": _requests, "clock": _clock, "faults": _faults}
