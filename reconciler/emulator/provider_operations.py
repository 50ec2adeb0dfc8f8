"""What the provider can be asked for: GET operations.

Source: API definition Microsoft.Capacity 2022-11-01, example GetOperations, for the form and the first ten; Microsoft
Learn, "Azure permissions for General", for the names and what they mean.
"""

from .calls import Answer, Call, Route

# After "Microsoft.Capacity/": the name, what it does, in the words of Microsoft Learn, and the verb of the display.
_OPERATIONS = (
    ("reservationorders/read", "Read All Reservations", "Get Reservations"),
    ("reservationorders/write", "Create any Reservation", "Create Reservations"),
    ("reservationorders/action", "Update any Reservation", "Update Reservations"),
    ("reservationorders/delete", "Delete any Reservation", "Delete Reservations"),
    ("reservationorders/reservations/read", "Read All Reservations", "Get Reservations"),
    ("reservationorders/reservations/write", "Create any Reservation", "Create Reservations"),
    ("reservationorders/reservations/action", "Update any Reservation", "Update Reservations"),
    ("reservationorders/reservations/delete", "Delete any Reservation", "Delete Reservations"),
    ("reservationorders/reservations/revisions/read", "Read All Reservations", "Get Reservations"),
    (
        "register/action",
        "Registers the Capacity resource provider and enables the creation of Capacity resources.",
        "Registers the Capacity Resource Provider.",
    ),
    ("calculateprice/action", "Calculate any Reservation Price", "Calculate Reservation Price"),
    ("calculateexchange/action", "Computes the exchange amount and policy errors", "Calculate Reservation Exchange"),
    ("exchange/action", "Exchange any Reservation", "Exchange Reservations"),
    ("appliedreservations/read", "Read All Reservations", "Get Reservations"),
    ("catalogs/read", "Read catalog of Reservation", "Get Catalog"),
    ("operations/read", "Read any Operation", "Get Operations"),
    ("reservationorders/changedirectory/action", "Change directory of any reservation", "Change Directory"),
    ("reservationorders/return/action", "Return any Reservation", "Return Reservations"),
    ("reservationorders/split/action", "Split any Reservation", "Split Reservations"),
    ("reservationorders/merge/action", "Merge any Reservation", "Merge Reservations"),
    ("reservationorders/calculaterefund/action", "Computes the refund and policy errors", "Calculate Refund"),
    ("reservationorders/splitoperationresults/read", "Poll any split operation", "Get Split Result"),
    ("reservationorders/mergeoperationresults/read", "Poll any merge operation", "Get Merge Result"),
    ("reservationorders/reservations/availablescopes/action", "Find any Available Scope", "Find Available Scopes"),
    ("reservationorders/reservations/archive/action", "Archive a reservation that has ended", "Archive Reservations"),
    ("reservationorders/reservations/unarchive/action", "Unarchive a Reservation", "Unarchive Reservations"),
)


def list_operations(call: Call) -> Answer:  # noqa: ARG001 - the same for everyone
    """Answer with every operation of the provider."""
    value = [
        {
            "name": f"Microsoft.Capacity/{name}",
            "display": {
                "provider": "Microsoft Capacity",
                "resource": "Reservations",
                "operation": verb,
                "description": description,
            },
        }
        for name, description, verb in _OPERATIONS
    ]
    return Answer(200, {"value": value})


ROUTES = (Route("GET", "/providers/Microsoft.Capacity/operations", list_operations),)
