"""A partner's folder whose ledger is lost: what it knew, and what the rebuilt one knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.ledger import open_ledger
from tests.apply.world import World
from tests.bodies import guid, order_id

Start = Callable[..., World]
Entry = tuple[str, str, str, str]  # day, reservation, refund, commitment
Body = dict[str, Any]


def url(at: World) -> str:
    """Return where the ledger is."""
    return f"sqlite:///{at.folder}/.reconciler/ledger.db"


def entries(at: World, customer: str = "contoso") -> list[Entry]:
    """Return what the ledger counts under the customer's cap."""
    with open_ledger(url(at), create=False) as ledger:
        found = ledger.refunds(customer)
    return sorted(
        (str(item.on), item.reservation_id or "", str(item.refund.amount), str(item.commitment.amount))
        for item in found
    )


def do(at: World, *wanted: str, head: str = "") -> None:
    """Desire an entry for each reservation in order, plan and apply."""
    at.desire(*wanted, head=head)
    assert at.plan().code == 0
    applied = at.apply()
    assert applied.code == 0, applied


def lose(at: World) -> None:
    """Lose the ledger, with all its files, and make an empty one."""
    for path in (at.folder / ".reconciler").iterdir():
        path.unlink()
    assert at.run("ledger", "init").code == 0


def rebuilt(at: World, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Rebuild, and return what became of contoso."""
    result = at.run("ledger", "rebuild", "--format", "json", *arguments)
    assert result.code == code, result
    return next(item for item in result.json["customers"] if item["name"] == "contoso")


def left_out(part: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what got no entry, and why in a word."""
    return sorted((item["reservationId"], item["reason"]) for item in part["leftOut"])


def whole(number: int) -> str:
    """Return the id of the reservation that an order first held."""
    return guid(number + 0x1000)


def part(source: Body, number: int, quantity: int, **properties: Any) -> Body:
    """Return a reservation of the same order under a new id."""
    identity = guid(number)
    order = source["id"].rpartition("/reservations/")[0]
    kept = {key: value for key, value in source["properties"].items() if key not in ("splitProperties",)}
    return {
        **source,
        "id": f"{order}/reservations/{identity}",
        "name": identity,
        "etag": 4,
        "properties": {**kept, "quantity": quantity, **properties},
    }


def ended(at: str, **properties: Any) -> Body:
    """Return the properties of a reservation that reads Cancelled since an instant."""
    instants = {"effectiveDateTime": at, "lastUpdatedDateTime": at}
    return {"provisioningState": "Cancelled", "displayProvisioningState": "Cancelled", **instants, **properties}


def full(order: int, *numbers: int) -> list[str]:
    """Return the full ids of reservations of an order."""
    return [f"{order_id(order)}/reservations/{guid(number)}" for number in numbers]
