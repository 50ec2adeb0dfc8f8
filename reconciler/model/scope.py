"""Where a reservation's discount applies."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ScopeType(StrEnum):
    """The four scopes that the portal offers (userFriendlyAppliedScopeType)."""

    SHARED = "Shared"
    SINGLE = "Single"
    RESOURCE_GROUP = "ResourceGroup"
    MANAGEMENT_GROUP = "ManagementGroup"


class Scope(msgspec.Struct, frozen=True, rename="camel"):
    """A scope; subscription is a lower-case GUID, the groups are bare names."""

    type: str
    subscription: str | None = None
    resource_group: str | None = None
    management_group: str | None = None

    def spec(self) -> dict[str, str | None]:
        """Return the keys that may be desired, as they are named in YAML."""
        return {
            "type": str(self.type),
            "subscription": self.subscription,
            "resourceGroup": self.resource_group,
            "managementGroup": self.management_group,
        }
