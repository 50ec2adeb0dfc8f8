"""The built-in roles: GET roleDefinitions, all of them or one.

That a role of this emulator is known at every scope, and how a filter that is not supported is refused, is ours.
"""

import re

from ..bodies import Body
from ..calls import Answer, Call
from ..errors import ArmError
from ..roles import BY_ID, ROLES, Role
from .addresses import everywhere, scope
from .permissions import permission

PATH = "/providers/Microsoft.Authorization/roleDefinitions"
_BY_NAME = re.compile(r"roleName\s+eq\s+'((?:[^']|'')*)'", re.I)
_ALL = re.compile(r"atScopeAndBelow\(\)|type\s+eq\s+'BuiltInRole'", re.I)
# When Azure made them known is not part of what a client can build on.
_KNOWN_SINCE = "2015-02-02T21:55:09.8806423Z"


def list_definitions(call: Call) -> Answer:
    """Answer with the roles, or with the one that $filter names."""
    scope(call)
    text = call.query.get("$filter", "").strip()
    named = _BY_NAME.fullmatch(text)
    if text and not named and not _ALL.fullmatch(text):
        message = f"The filter '{text}' is not supported; use roleName eq '...', type eq 'BuiltInRole'."
        raise ArmError(400, "BadRequest", message)
    wanted = named[1].replace("''", "'").lower() if named else None
    return Answer(200, {"value": [_shown(role) for role in ROLES if wanted in (None, role.name.lower())]})


def get_definition(call: Call) -> Answer:
    """Answer with one role."""
    scope(call)
    return Answer(200, _shown(find(call.parts["definition"])))


def find(name: str) -> Role:
    """Return the role of this id.

    Errors: ArmError 404 if there is none.
    """
    role = BY_ID.get(name.lower())
    if role is None:
        # As the service words it, without the hyphens of the id (hashicorp/terraform-provider-azurerm issues).
        message = f"The specified role definition with ID '{name.replace('-', '')}' does not exist."
        raise ArmError(404, "RoleDefinitionDoesNotExist", message)
    return role


def _shown(role: Role) -> Body:
    return {
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": [role.assignable],
            "permissions": [permission(role.actions, role.not_actions)],
            "createdOn": _KNOWN_SINCE,
            "updatedOn": _KNOWN_SINCE,
            "createdBy": None,
            "updatedBy": None,
        },
        "id": f"{PATH}/{role.id}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    }


ROUTES = (
    *everywhere("GET", "roleDefinitions", list_definitions, ""),
    *everywhere("GET", "roleDefinitions/{definition}", get_definition, ""),
)
