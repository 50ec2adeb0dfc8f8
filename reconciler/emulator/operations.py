"""Long-running operations: GET operationResults.

Source: recorded traffic of the Azure CLI's reservation tests: every poll is answered with 200, what matters is
``status`` in the body; Azure-AsyncOperation and Location name this same address until the end.
"""

from . import exchange_steps
from .bodies import Body
from .calls import Answer, Call, Route
from .errors import ArmError

PATH = "/providers/Microsoft.Capacity/operationResults"


def accepted(call: Call, operation: str) -> Answer:
    """Return the 202 that says where to poll."""
    return Answer(202, None, _addresses(call, operation))


def begin(call: Call, operation: str, statuses: list[str], terms: Body) -> None:
    """Begin an operation that reads as each of *statuses* in turn, one a poll, and stays at the last.

    What lingers reads longer as the one before the last: an exchange, between its refunds and its purchases.
    """
    statuses = [*statuses[:-1], *statuses[-2:-1] * call.world.lingering, *statuses[-1:]]
    call.world.memory("operations")[operation] = {
        "tenantId": call.customer.tenant,
        "statuses": statuses,
        "status": None,
        **terms,
    }


def poll(call: Call) -> Answer:
    """Answer how far an operation is; each poll takes it one step further."""
    operation = call.parts["operation"]
    found = call.world.estate.memory("operations").get(operation)
    if found is None or found["tenantId"] != call.customer.tenant:
        raise ArmError(404, "NotFound", f"The operation '{operation}' was not found.")
    if found["statuses"]:
        call.world.memory("operations")
        before, found["status"] = found["status"], found["statuses"].pop(0)
        if found["status"] != before:
            exchange_steps.reach(call.world, call.customer, found)
    ended = not found["statuses"]
    body = {"id": f"{PATH}/{operation}", "name": operation, "status": found["status"]}
    if ended:
        body |= {key: found[key] for key in ("properties", "error") if key in found}
    return Answer(200, body, {} if ended else _addresses(call, operation))


def _addresses(call: Call, operation: str) -> dict[str, str]:
    link = call.link(f"{PATH}/{operation}")
    return {"Azure-AsyncOperation": link, "Location": link}


ROUTES = (Route("GET", f"{PATH}/{{operation}}", poll),)
