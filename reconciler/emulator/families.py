"""Which products may be exchanged for each other.

Source: Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations": within a product family; the
compute family is virtual machines, dedicated hosts, Azure VMware Solution and Nutanix on bare metal, the SQL family
databases, managed instances and elastic pools; every other product stays with its own kind.
"""

_FAMILIES = {
    "compute": ("virtualmachine", "dedicatedhost", "av", "azurevmwaresolution", "nutanixonbaremetal", "nutanix"),
    "sql": ("sqldatabase", "sqlmanagedinstance", "sqlelasticpool"),
}
_FAMILY_OF = {name: family for family, names in _FAMILIES.items() for name in names}


def family(reserved_resource_type: str) -> str:
    """Return the product family of a reservedResourceType, in lower case."""
    name = reserved_resource_type.lower().rstrip("s")
    return _FAMILY_OF.get(name, name)
