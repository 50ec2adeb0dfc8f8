"""Microsoft.Authorization, 2022-04-01, for the provider, an order and a reservation; and what a caller may do.

Source: API definition Microsoft.Authorization 2022-04-01 with its examples; Microsoft Learn, "Azure built-in roles"
and "Permissions to view and manage Azure reservations".
"""

from . import assignments, definitions, permissions

ROUTES = (*assignments.ROUTES, *definitions.ROUTES, *permissions.ROUTES)
