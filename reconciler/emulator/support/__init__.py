"""Microsoft.Support, 2024-04-01: what support is offered for, tickets, and the agent who works on them.

For the whole tenant, and for a subscription: the two forms of an address hold different tickets.

Source: API definition Microsoft.Support 2024-04-01 with its examples, and recorded traffic of the Azure CLI's
support tests.
"""

from . import names, operations, services, tickets

ROUTES = (*services.ROUTES, *names.ROUTES, *tickets.ROUTES, *operations.ROUTES)
