"""The price list: GET catalogs.

Source: recorded traffic of the Azure CLI's reservation tests: pages of 50 through ``$skip``, totalItems, msrp by
term with a small first letter, in USD for one unit and the whole term; resourceType likewise.
"""

from typing import Any

from .bodies import Body
from .calls import Answer, Call, Route
from .money import from_record
from .queries import page

ITEMS_A_PAGE = 50


def list_catalog(call: Call) -> Answer:
    """Answer with the products that the estate sells to this tenant, a page at a time."""
    call.subscription()
    wanted = {name: call.query.get(name.lower(), "").lower() for name in ("reservedResourceType", "location")}
    entries = [
        entry
        for entry in call.customer.body.get("catalog") or []
        if all(not value or entry[name].lower() == value for name, value in wanted.items())
    ]
    value, link = page(call, entries, ITEMS_A_PAGE, "$skip", "$take")
    return Answer(200, {"value": [_item(entry) for entry in value], **link, "totalItems": len(entries)})


def _item(entry: Body) -> dict[str, Any]:
    # A term that is listed without a price is one that this subscription cannot have.
    terms = entry.get("terms") or sorted(entry["msrp"])
    return {
        "resourceType": _small(entry["reservedResourceType"]),
        "name": entry["sku"],
        "terms": terms,
        "locations": [entry["location"]],
        "billingPlans": {_small(term): ["Upfront", "Monthly"] for term in terms},
        "msrp": {_small(term): from_record(entry["msrp"][term]).price() for term in sorted(entry["msrp"])},
        "skuProperties": entry.get("skuProperties") or [],
        "restrictions": entry.get("restrictions") or [],
    }


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


ROUTES = (Route("GET", "/subscriptions/{subscription}/providers/Microsoft.Capacity/catalogs", list_catalog),)
