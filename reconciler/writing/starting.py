"""The first files of a repository."""

from __future__ import annotations

import msgspec

from reconciler.documents import check, parse, schema_text
from reconciler.errors import InvalidDocuments
from reconciler.writing.newfile import NewFile, new_file
from reconciler.writing.scalars import inline

IGNORED = ".reconciler/"
# What an editor needs to complete and check each kind of file that people write.
SCHEMAS = ("config", "customer", "plan-policy", "policy-test", "approval")
_CONFIG = """\
# yaml-language-server: $schema=schemas/config.schema.json
apiVersion: reconciler/v1
kind: Config
desired: desired
provider: azure
azure:
  # cli, workloadIdentity, clientSecret, clientCertificate or managedIdentity; secrets come from the environment.
  credential: {{type: {credential}}}
# The law that is planned by; `reconciler rules` shows it, with its sources.
rulebook: {rulebook}
# What was refunded. Where runs on several machines share it: postgresql://USER@HOST/DATABASE
ledger: {ledger}
policies: policies
"""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What a new repository is to say; ``tenants`` gives each customer's name its tenant."""

    rulebook: str
    credential: str
    ledger: str
    tenants: dict[str, str]


def starting_files(start: Start) -> dict[str, bytes]:
    """Return the files that a repository begins with, by their path in it.

    Errors: InvalidDocuments if what was given makes a file that would be refused.
    """
    config = _CONFIG.format(
        credential=inline(start.credential),
        rulebook=inline(start.rulebook),
        ledger=inline(start.ledger),
    )
    files = {"reconciler.yaml": ("config", config.encode())}
    files |= {f"desired/{name}.yaml": ("customer", _customer(name, tenant)) for name, tenant in start.tenants.items()}
    _require_valid(files)
    return {name: text for name, (_, text) in files.items()}


def schema_files() -> dict[str, bytes]:
    """Return the schemas that editors read, by their path in the repository."""
    return {f"schemas/{name}.schema.json": schema_text(name).encode() for name in SCHEMAS}


def ignoring(before: bytes) -> bytes:
    """Return a .gitignore that keeps the ledger and saved plans of this machine out of the repository."""
    if IGNORED.encode() in [line.strip() for line in before.splitlines()]:
        return before
    ended = before if not before or before.endswith(b"\n") else before + b"\n"
    return ended + f"{IGNORED}\n".encode()


def _customer(name: str, tenant: str) -> bytes:
    schema = "../schemas/customer.schema.json"
    return new_file(NewFile(name=name, tenant_id=tenant, schema=schema, subscriptions={}, called={}, entries=()))


def _require_valid(files: dict[str, tuple[str, bytes]]) -> None:
    problems = []
    for name, (kind, text) in files.items():
        document = parse(text, name)
        problems += [*document.problems, *check(document, kind)]
    if problems:
        raise InvalidDocuments(sorted(problems))
