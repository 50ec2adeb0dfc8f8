"""Who has which role where: GET, PUT and DELETE roleAssignments.

An assignment at an order holds for its reservations, one at the provider for every order.

Source: API definition Microsoft.Authorization 2022-04-01 with its examples: 201 for a new assignment, 200 for one
that is there, 204 for one that is not there to be deleted; atScope() leaves out what is below the scope. Public
issues for the refusals: Azure/azure-cli pull request 8599 (the same principal, role and scope under another name is
a conflict), Azure/Azure-Landing-Zones issue 833 (what cannot be updated). assignedTo() of the service looks into
groups as well; here, where nobody knows who is in a group, it is the principal alone.
"""

import re

from ..bodies import Body
from ..calls import Answer, Call, is_guid
from ..days import written
from ..errors import ArmError, bad_content
from ..shapes import require
from .addresses import everywhere, scope
from .definitions import PATH as DEFINITIONS
from .definitions import find as find_role
from .permissions import not_authorized

_REQUEST = {
    "properties!": {
        "roleDefinitionId!": str,
        "principalId!": str,
        "principalType": ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device"),
        "description": str,
        "condition": str,
        "conditionVersion": ("2.0", "1.0"),
        "delegatedManagedIdentityResourceId": str,
    }
}
# What the service writes as null where it was not said.
_SAID = ("description", "condition", "conditionVersion", "delegatedManagedIdentityResourceId")
_FILTER = re.compile(r"(atScope\(\))|principalId\s+eq\s+'?([0-9a-f-]+)'?|assignedTo\('([0-9a-f-]+)'\)", re.I)


def list_assignments(call: Call) -> Answer:
    """Answer with the assignments at the scope, above it and, unless the filter says atScope(), below it."""
    here = scope(call).lower()
    at_scope, principal = _asked(call.query.get("$filter", "").strip())
    found = [row for row in call.customer.rows("roleAssignments") if _holds(row, here, below=not at_scope)]
    if principal:
        found = [row for row in found if row["properties"]["principalId"].lower() == principal.lower()]
    return Answer(200, {"value": [_shown(row) for row in found]})


def get_assignment(call: Call) -> Answer:
    """Answer with one assignment of the scope."""
    row = _find(call, scope(call), call.parts["assignment"])
    if row is None:
        message = f"The role assignment '{call.parts['assignment']}' is not found."
        raise ArmError(404, "RoleAssignmentNotFound", message)
    return Answer(200, _shown(row))


def put_assignment(call: Call) -> Answer:
    """Give a principal a role, under the name that the client chose."""
    here, name = scope(call), call.parts["assignment"]
    if call.customer.tenant not in call.world.estate.customers:
        raise not_authorized(call.who, "Microsoft.Authorization/roleAssignments/write", here)
    if not is_guid(name):
        message = f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        raise ArmError(400, "InvalidRoleAssignmentId", message)
    asked = require(call.body, _REQUEST)["properties"]
    if not is_guid(asked["principalId"]):
        raise ArmError(400, "InvalidPrincipalId", "A valid principal ID must be provided for role assignment.")
    role = _role(asked["roleDefinitionId"])
    now = written(call.world.clock.now())
    row = _find(call, here, name)
    if row is not None:
        return _update(call, row, asked, role)
    _refuse_twice(call, here, asked["principalId"], role)
    properties = {
        "roleDefinitionId": f"{DEFINITIONS}/{role}",
        "principalId": asked["principalId"],
        "principalType": asked.get("principalType") or "User",
        "scope": here,
        **{key: asked.get(key) for key in _SAID},
        **{"createdOn": now, "updatedOn": now, "createdBy": call.who.object_id, "updatedBy": call.who.object_id},
    }
    path = f"{here}/providers/Microsoft.Authorization/roleAssignments/{name}"
    made = {"properties": properties, "id": path, "type": "Microsoft.Authorization/roleAssignments", "name": name}
    call.customer.rows("roleAssignments").append(made)
    call.world.touch(call.customer)
    return Answer(201, _shown(made))


def delete_assignment(call: Call) -> Answer:
    """Take an assignment away, and answer with what it was."""
    row = _find(call, scope(call), call.parts["assignment"])
    if row is None:
        return Answer(204)
    call.customer.rows("roleAssignments").remove(row)
    call.world.touch(call.customer)
    return Answer(200, _shown(row))


def _role(named: str) -> str:
    """Return the id of the role that a roleDefinitionId ends with, whatever scope it is told at."""
    head, _, name = named.rpartition("/")
    if not is_guid(name) or not head.lower().endswith("/roledefinitions"):
        raise bad_content(f"properties.roleDefinitionId: {named!r} is not the id of a role definition")
    return find_role(name).id


def _update(call: Call, row: Body, asked: Body, role: str) -> Answer:
    properties = row["properties"]
    same = (_key(row) == (asked["principalId"].lower(), role)) and (
        asked.get("principalType") in (None, properties.get("principalType"))
    )
    if not same:
        message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
        raise ArmError(400, "RoleAssignmentUpdateNotPermitted", message)
    if any(asked.get(key) != properties.get(key) for key in _SAID):
        now = written(call.world.clock.now())
        properties |= {**{key: asked.get(key) for key in _SAID}, "updatedOn": now, "updatedBy": call.who.object_id}
        call.world.touch(call.customer)
    return Answer(200, _shown(row))


def _refuse_twice(call: Call, here: str, principal: str, role: str) -> None:
    for row in call.customer.rows("roleAssignments"):
        if _scope_of(row) == here.lower() and _key(row) == (principal.lower(), role):
            known = row["name"].replace("-", "")
            message = f"The role assignment already exists. The ID of the existing role assignment is {known}."
            raise ArmError(409, "RoleAssignmentExists", message)


def _key(row: Body) -> tuple[str, str]:
    properties = row["properties"]
    return properties["principalId"].lower(), properties["roleDefinitionId"].rpartition("/")[2].lower()


def _find(call: Call, here: str, name: str) -> Body | None:
    for row in call.customer.rows("roleAssignments"):
        if row["name"].lower() == name and _scope_of(row) == here.lower():
            return row
    return None


def _scope_of(row: Body) -> str:
    scope: str = row["id"].lower().partition("/providers/microsoft.authorization/")[0]
    return scope


def _holds(row: Body, here: str, below: bool) -> bool:
    there = _scope_of(row)
    return f"{here}/".startswith(f"{there}/") or (below and there.startswith(f"{here}/"))


def _shown(row: Body) -> Body:
    return {**row, "properties": {"scope": row["id"].rpartition("/providers/")[0], **row["properties"]}}


def _asked(text: str) -> tuple[bool, str | None]:
    """Return whether a $filter says atScope(), and the principal that it names."""
    at_scope, principal = False, None
    for part in re.split(r"\s+and\s+", text, flags=re.I) if text else []:
        match = _FILTER.fullmatch(part.strip())
        named = match and (match[2] or match[3])
        if match is None or (named and not is_guid(named)):
            message = "use atScope(), principalId eq '...' or assignedTo('...')"
            raise ArmError(400, "BadRequest", f"The filter '{text}' is not supported; {message}.")
        at_scope, principal = at_scope or bool(match[1]), named or principal
    return at_scope, principal


ROUTES = (
    *everywhere("GET", "roleAssignments", list_assignments),
    *everywhere("GET", "roleAssignments/{assignment}", get_assignment),
    *everywhere("PUT", "roleAssignments/{assignment}", put_assignment),
    *everywhere("DELETE", "roleAssignments/{assignment}", delete_assignment),
)
