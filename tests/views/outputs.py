"""What the views print, run as users do: the worked sample, and a customer with everything."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reconciler.cli.main import run
from tests.planner.world import CANCELLED, World, entry, gone, monthly, refund, successor, upfront

SAMPLE = Path(__file__).parents[1] / "sample"
SAMPLE_AT = "2026-11-20T09:00:00Z"
AT = "2026-11-22T12:00:00Z"
_INTO = (
    "{name: %s, reservedResourceType: VirtualMachines, sku: Standard_D4s_v5, location: westeurope, term: P3Y, "
    "billingPlan: %s, quantity: %d, billingSubscription: prod, scope: {type: Shared}}"
)
_PRICES = {
    "reservedResourceType": "VirtualMachines",
    "sku": "Standard_D4s_v5",
    "location": "westeurope",
    "msrp": {"P3Y": {"amount": "1000.00", "currency": "USD"}},
}
_GROUP = "exchanges: {pool: {reason: One size, into: [%s]}}" % (_INTO % ("vm-pool", "Upfront", 2))

_LATER = 'cancel: {reason: gone, notBefore: "2026-12-15", minRefund: "9.00 EUR"}'

# Each golden file's name, where it is run, and how.
COMMANDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "overview.txt": ("sample", ("overview",)),
    "overview.csv": ("sample", ("overview", "--format", "csv")),
    "overview.json": ("sample", ("overview", "--format", "json")),
    "cap.txt": ("sample", ("cap",)),
    "cap.json": ("sample", ("cap", "--format", "json")),
    "schedule.txt": ("sample", ("schedule",)),
    "schedule.csv": ("sample", ("schedule", "--format", "csv")),
    "schedule.json": ("sample", ("schedule", "--format", "json")),
    "everything-schedule.txt": ("everything", ("schedule",)),
    "explain-upfront.txt": ("sample", ("explain", "contoso/sql-test")),
    "explain-monthly.txt": ("sample", ("explain", "contoso/vm-web")),
    "explain-monthly.json": ("sample", ("explain", "contoso/vm-web", "--format", "json")),
    "explain-full-credit.txt": ("sample", ("explain", "contoso/bought-by-mistake")),
    "explain-what-if.txt": ("sample", ("explain", "contoso/vm-batch")),
    "explain-announced-fee.txt": ("sample", ("explain", "contoso/sql-test", "--rulebook", "csp-2026-08")),
    # The day that everything is run on comes last, and stands beside the one that is explained.
    "explain-two-days.txt": ("sample", ("explain", "contoso/vm-web", "--at", "2026-11-30")),
    "explain-two-days.json": ("sample", ("explain", "contoso/sql-test", "--at", "2027-01-04", "--format", "json")),
    "explain-exchange-other-law.txt": ("everything", ("explain", "contoso/vm-old", "--rulebook", "csp-2026-08")),
    "rules-2020.txt": ("sample", ("rules",)),
    "rules-2026.txt": ("sample", ("rules", "csp-2026-08")),
    "rules-2026.json": ("sample", ("rules", "csp-2026-08", "--format", "json")),
    "rules-diff.txt": ("sample", ("rules", "--diff", "csp-2020-08", "csp-2026-08")),
    "rules-diff.json": ("sample", ("rules", "--diff", "csp-2020-08", "csp-2026-08", "--format", "json")),
    "everything-overview.txt": ("everything", ("overview",)),
    "everything-overview-verbose.txt": ("everything", ("overview", "-v")),
    "everything-cap.txt": ("everything", ("cap",)),
    "explain-exchange.txt": ("everything", ("explain", "contoso/vm-old")),
    "explain-exchange-group.txt": ("everything", ("explain", "contoso/exchanges/pool")),
    "explain-blocked-by-the-cap.txt": ("everything", ("explain", "contoso/big")),
    "explain-deferred.txt": ("everything", ("explain", "contoso/later")),
    "explain-protected.txt": ("everything", ("explain", "contoso/kept")),
    "explain-unpriced.txt": ("everything", ("explain", "contoso/unpriced")),
    "explain-not-found.txt": ("everything", ("explain", "contoso/lost")),
    "explain-code.txt": ("everything", ("explain", "cap.exceeded")),
    "explain-code-of-the-service.txt": ("everything", ("explain", "service.RefundLimitExceeded")),
}


def _exchange(name: str, billing_plan: str, quantity: int) -> tuple[str, str]:
    return "state: exchanged", f"exchange: {{reason: New, into: [{_INTO % (name, billing_plan, quantity)}]}}"


@contextlib.contextmanager
def everything() -> Iterator[Path]:
    """Give a folder with a customer that has every kind of thing to show."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), None)  # type: ignore[arg-type]
        split = upfront(8, quantity=3)
        world.customer(
            entry(
                "vm-old",
                1,
                "state: exchanged",
                f"exchange: {{reason: New, into: [{_INTO % ('vm-new', 'Monthly', 4)}]}}",
            ),
            entry("pool-a", 2, "state: exchanged", "exchange: {group: pool}"),
            entry("pool-b", 3, "state: exchanged", "exchange: {group: pool}"),
            entry("big", 4, *CANCELLED),
            entry(
                "later", 5, "state: cancelled", 'cancel: {reason: gone, notBefore: "2026-12-15", minRefund: "9.00 EUR"}'
            ),
            entry("kept", 6, "protected: true", "scope: {type: Shared}"),
            entry(
                "unpriced", 7, "state: exchanged", f"exchange: {{reason: x, into: [{_INTO % ('cheap', 'Upfront', 1)}]}}"
            ),
            entry("split", 8, "renew: false", order=8),
            entry("lost", 99, "renew: true"),
            spec=_GROUP,
            holds=[
                upfront(1, "7300.00 USD", quantity=2),
                upfront(2, "1460.00 USD"),
                monthly(3, "33.33 USD", paid=23),
                upfront(4, "365000.00 USD"),
                monthly(5, "120.00 EUR", pricing="132.00 USD", paid=23, quantity=4),
                upfront(
                    6,
                    utilization={"aggregates": [{"grain": 7, "value": 82.5}]},
                    appliedScopeType="Single",
                    appliedScopeProperties={
                        "resourceGroupId": "/subscriptions/aaaaaaaa-0000-0000-0000-000000000001/resourceGroups/rg-web"
                    },
                    displayName="kept \x1b[31m= here",
                ),
                upfront(7, "365.00 EUR", pricing="400.00 USD"),
                gone(split, 0x80),
                successor(split, 0x80, 3),
                gone(upfront(9)),
            ],
            refunds=[refund("2026-03-01", "30000.00 USD", "31000.00 USD"), refund(None, "900.00 USD")],
            catalog=[_PRICES],
        )
        world.estate()
        yield world.folder


@contextlib.contextmanager
def places() -> Iterator[dict[str, tuple[Path, str]]]:
    """Give each place by its name, with the day that everything there is run on."""
    with everything() as folder:
        yield {"sample": (SAMPLE, SAMPLE_AT), "everything": (folder, AT)}


def printed(where: tuple[Path, str], arguments: tuple[str, ...]) -> tuple[int, str, str]:
    """Run a command there and return its exit code and both streams."""
    folder, at = where
    timed = () if arguments[0] == "rules" else ("--estate", "estate.json", "--at", at)
    out, errors = io.StringIO(), io.StringIO()
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = run([*arguments, *timed])
    finally:
        os.chdir(before)
    return code, out.getvalue(), errors.getvalue()
