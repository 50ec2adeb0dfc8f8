"""The built-in roles that matter for reservations, as data.

Source: Microsoft Learn, "Azure built-in roles": ids, descriptions, actions and assignable scopes.
"""

import re
from dataclasses import dataclass

ROOT = "/"
CAPACITY = "/providers/Microsoft.Capacity"


@dataclass(frozen=True, slots=True)
class Role:
    """One built-in role: what it allows, less what it does not."""

    id: str
    name: str
    description: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    assignable: str = ROOT

    def allows(self, action: str) -> bool:
        """Tell whether an action is among those of the role; a ``*`` stands for any number of segments."""
        granted = any(_matches(pattern, action) for pattern in self.actions)
        return granted and not any(_matches(pattern, action) for pattern in self.not_actions)


def _matches(pattern: str, action: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.I) is not None


ROLES = (
    Role(
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        ("*",),
    ),
    Role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, "
        "manage assignments in Azure Blueprints, or share image galleries.",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
            "Microsoft.Subscription/cancel/action",
            "Microsoft.Subscription/enable/action",
        ),
    ),
    Role(
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        ("*/read",),
    ),
    Role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    Role(
        "a8889054-8d42-49c9-bc1c-52486c10e7cd",
        "Reservations Administrator",
        "Lets one read and manage all the reservations in a tenant",
        (
            "Microsoft.Capacity/*/read",
            "Microsoft.Capacity/*/action",
            "Microsoft.Capacity/*/write",
            "Microsoft.Authorization/roleAssignments/read",
            "Microsoft.Authorization/roleDefinitions/read",
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
        ),
        assignable=CAPACITY,
    ),
    Role(
        "582fc458-8989-419f-a480-75249bc5db7e",
        "Reservations Reader",
        "Lets one read all the reservations in a tenant",
        ("Microsoft.Capacity/*/read", "Microsoft.Authorization/roleAssignments/read"),
        assignable=CAPACITY,
    ),
    Role(
        "f7b75c60-3036-4b75-91c3-6b41c27c1689",
        "Reservation Purchaser",
        "Lets you purchase reservations",
        (
            "Microsoft.Authorization/roleAssignments/read",
            "Microsoft.Capacity/catalogs/read",
            "Microsoft.Capacity/register/action",
            "Microsoft.Compute/register/action",
            "Microsoft.Consumption/register/action",
            "Microsoft.Consumption/reservationRecommendationDetails/read",
            "Microsoft.Consumption/reservationRecommendations/read",
            "Microsoft.Resources/subscriptions/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.SQL/register/action",
            "Microsoft.Support/supporttickets/write",
        ),
    ),
)
BY_ID = {role.id: role for role in ROLES}
BY_NAME = {role.name: role for role in ROLES}
