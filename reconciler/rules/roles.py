"""R-ROLES: Azure's built-in roles that matter to a reservation order, by name.

Source: Microsoft Learn, "Azure built-in roles" and "Permissions to view and manage Azure
reservations". A role that is not here, "Reservations Contributor" and a partner's own
among them, has an id that only the tenant tells.
"""

from __future__ import annotations

import re
from uuid import UUID, uuid5

BUILT_IN = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Reservations Administrator": "a8889054-8d42-49c9-bc1c-52486c10e7cd",
    "Reservations Reader": "582fc458-8989-419f-a480-75249bc5db7e",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Reservation Purchaser": "f7b75c60-3036-4b75-91c3-6b41c27c1689",
}
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# Whoever loses one of these may lose the right to manage the order at all.
ADMINISTRATORS = frozenset(
    BUILT_IN[name] for name in ("Owner", "User Access Administrator", "Reservations Administrator")
)
# A namespace of our own (RFC 4122, version 5), so that nobody else makes the same names.
_NAMESPACE = UUID("6f3c1d0e-5a53-5d0b-9a53-0d6c1c2f7b11")


def assignment_name(order_id: str, principal_id: str, role_id: str) -> str:
    """Return the name of an assignment: the same for the same grant, so that a second PUT is the first again."""
    return str(uuid5(_NAMESPACE, "/".join((order_id, principal_id, role_id)).lower()))


def is_role_id(text: str) -> bool:
    """Say whether a role is named by its id."""
    return _ID.fullmatch(text) is not None


def role_id_of(name: str, known: dict[str, str]) -> str | None:
    """Return the id of a role, one of Azure's own or of those *known* in the tenant; None if there is none.

    A role may be named by its id: that is how one whose name nobody tells is shown.
    """
    if is_role_id(name):
        return name.lower()
    own = {built_in.lower(): guid for built_in, guid in BUILT_IN.items()}
    return own.get(name.lower()) or known.get(name.lower())


def role_name_of(role_id: str, known: dict[str, str]) -> str:
    """Return the name of a role, or its id where nobody tells a name."""
    names = {guid: name for name, guid in (*known.items(), *BUILT_IN.items())}
    return names.get(role_id, role_id)
