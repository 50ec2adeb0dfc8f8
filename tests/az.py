"""Drive the emulator by Microsoft's Azure CLI: ``python -m tests.az PATH-OF-AZ`` lists, quotes, returns, reads back.

The CLI wants a login before it puts a token of its own on a request. ``az rest --skip-authorization-header`` sends
none, and takes the header that it is given: a made token, which only ever goes to loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from tests.emulation import Emulator, running_emulator
from tests.emulator.estates import TENANT, Bought, customer, estate, order_id, path, reservation_id
from tests.emulator.wire import token

VERSION = "api-version=2022-11-01"
ORDER = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}"


class CommandLine:
    """``az rest`` with a configuration of its own, which is thrown away."""

    def __init__(self, az: str, emulator: Emulator, folder: str) -> None:
        self._az, self._emulator = az, emulator
        quiet = {"AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_ONLY_SHOW_ERRORS": "true"}
        self._environment = {**os.environ, **quiet, "AZURE_CONFIG_DIR": folder}

    def rest(self, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request and return its answer, parsed.

        Errors: SystemExit, with what az said, if it fails.
        """
        command = [self._az, "rest", "--method", method, "--url", f"{self._emulator.endpoint}{url}"]
        command += ["--skip-authorization-header", "--headers", f"Authorization=Bearer {token(TENANT)}"]
        if body is not None:
            command += ["Content-Type=application/json", "--body", json.dumps(body)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"az rest --method {method} --url {url}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else None


def main(az: str) -> None:
    """Make the requests, and check every answer."""
    document = estate(customer(Bought(1, quantity=3), Bought(2)))
    with tempfile.TemporaryDirectory() as folder, running_emulator(document, "2026-07-01T12:00:00+00:00") as emulator:
        line = CommandLine(az, emulator, folder)
        rows = line.rest("get", f"/providers/Microsoft.Capacity/reservations?{VERSION}")["value"]
        say("lists", [row["name"] for row in rows], [reservation_id(1), reservation_id(2)])
        returned = {"scope": "Reservation", "reservationToReturn": {"reservationId": path(1), "quantity": 2}}
        quote = line.rest("post", f"{ORDER}/calculateRefund?{VERSION}", {"id": ORDER, "properties": returned})
        # 1,200 x 2/3 x 184/365 = 403.29, less 12 % = 48.39
        say("quotes", quote["properties"]["billingRefundAmount"]["amount"], 354.9)
        session = {"sessionId": quote["properties"]["sessionId"], "returnReason": "PurchasedWrongProduct"}
        told = line.rest("post", f"{ORDER}/return?{VERSION}", {"properties": returned | session})
        say("returns", told["properties"]["billingRefundAmount"]["amount"], 354.9)
        states = [line.rest("get", f"{ORDER}?{VERSION}")["properties"]["provisioningState"] for _ in range(4)]
        say("reads the order until it is settled", states, ["Pending", "Pending", "Pending", "Succeeded"])
        rows = line.rest("get", f"{ORDER}/reservations?{VERSION}")["value"]
        found = [(row["properties"]["provisioningState"], row["properties"]["quantity"]) for row in rows]
        say("reads back what is left", found, [("Cancelled", 3), ("Succeeded", 1)])
        refunds = emulator.get("estate")["customers"][0]["refunds"]
        say("finds one refund booked", [row["refund"]["amount"] for row in refunds], ["354.90"])


def say(what: str, found: Any, expected: Any) -> None:
    """Print a step that went as expected.

    Errors: SystemExit if it did not.
    """
    if found != expected:
        sys.exit(f"az {what}: {found!r}, not {expected!r}")
    print(f"ok: az {what}: {found}")


if __name__ == "__main__":
    main(sys.argv[1])
