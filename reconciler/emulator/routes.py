"""Which handler answers which request; ARM's own refusals where none does.

A noun joins the endpoint by being named here.
"""

import re
from collections.abc import Mapping

from . import (
    applied,
    archives,
    authorization,
    catalogs,
    consumption,
    directories,
    divisions,
    exchanges,
    operations,
    patches,
    provider_operations,
    purchases,
    refunds,
    reservations,
    returns,
    revisions,
    scopes,
    support,
)
from .calls import Route
from .errors import ArmError

NOUNS = (
    reservations, patches, revisions, scopes, refunds, returns, exchanges, operations, purchases, catalogs,
    consumption, divisions, archives, directories, applied,
    provider_operations, authorization, support,
)  # fmt: skip
ROUTES = [(entry, entry.pattern()) for noun in NOUNS for entry in noun.ROUTES]
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-\w+)?")


def route(method: str, path: str, query: Mapping[str, str]) -> tuple[Route, dict[str, str]]:
    """Return the route of a request and the ids in its path, in lower case.

    Errors: ArmError in the words of the Azure Resource Manager if the api-version is missing or not
    supported, or if nothing answers this path or method.
    """
    version = query.get("api-version")
    if not version:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise ArmError(400, "MissingApiVersionParameter", message)
    matches = [(entry, match) for entry, pattern in ROUTES if (match := pattern.fullmatch(path))]
    if not matches:
        message = f"The resource type could not be found for the path '{path}'."
        raise ArmError(404, "InvalidResourceType", message)
    versions = matches[0][0].versions
    if not _VERSION.fullmatch(version):
        message = f"The api-version '{version}' is invalid. The supported versions are '{','.join(versions)}'."
        raise ArmError(400, "InvalidApiVersionParameter", message)
    if version not in versions:
        message = (
            f"The resource type of the path '{path}' could not be found for api version '{version}'. "
            f"The supported api-versions are '{','.join(versions)}'."
        )
        raise ArmError(400, "InvalidResourceType", message)
    for entry, match in matches:
        if entry.method == method:
            return entry, {key: value.lower() for key, value in match.groupdict().items()}
    raise ArmError(405, "HttpMethodNotSupported", f"The HTTP method {method} is not supported here.")
