"""Write every booking: CSV with a line for each posting, or JSON with the whole audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.frame import configured
from reconciler.cli.views import in_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.config import Config
    from reconciler.ledger.books_records import AuditRow, Booking, Posting

_WORDS = ("booking", "on", "kind", "customer", "address", "effect", "reference", "account", "currency", "memo")
_REST = ("debit", "credit", "bookedAt", "auditRow", "previous", "hash")


@click.command("export", help=__doc__)
@in_format("csv", "json")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write [stdout].")
@configured
def COMMAND(form: str, out: Path | None, config: Config) -> int:
    """Export the books, whole."""
    from reconciler import pipeline
    from reconciler.cli.output import say, tell
    from reconciler.errors import UsageError
    from reconciler.estate.files import write_whole
    from reconciler.ledger import open_ledger

    with open_ledger(pipeline.ledger_url(config), create=False) as ledger:
        bookings, audit = ledger.books.export()
    text = _csv(bookings, audit) if form == "csv" else _json(bookings, audit)
    if out is None:
        say(text)
        return 0
    try:
        write_whole(out, text.encode())
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror}") from error
    tell(f"wrote {len(bookings)} bookings to {out}")
    return 0


def _csv(bookings: Sequence[Booking], audit: Sequence[AuditRow]) -> str:
    from reconciler.cli.books.columns import comma_separated

    links = _links(audit)
    rows = []
    for item in bookings:
        link = links[item.id]
        for line in item.postings:
            side, amount, currency = _side(line)
            words = {
                **{"booking": str(item.id), "on": item.on.isoformat(), "kind": str(item.kind)},
                **{"customer": item.customer, "address": item.memo.get("address", "")},
                **{"effect": item.effect_id or "", "reference": item.reference or ""},
                **{"account": str(line.account), "currency": currency},
                "memo": json.dumps(item.memo, sort_keys=True),
            }
            rest = {"bookedAt": _instant(item), "auditRow": str(link.seq), "previous": link.previous, "hash": link.hash}
            values = {**words, **rest, side: amount}
            rows.append([values.get(name, "") for name in (*_WORDS, *_REST)])
    return comma_separated((*_WORDS, *_REST), rows, words=len(_WORDS))


def _json(bookings: Sequence[Booking], audit: Sequence[AuditRow]) -> str:
    from reconciler.cli.views import pretty

    return pretty({"formatVersion": "1.0", "bookings": [_record(item) for item in bookings], "audit": audit}) + "\n"


def _record(booking: Booking) -> dict[str, Any]:
    postings = []
    for line in booking.postings:
        side, amount, currency = _side(line)
        postings.append({"account": line.account, side: {"amount": amount, "currency": currency}})
    return {
        "id": booking.id,
        "kind": booking.kind,
        "customer": booking.customer,
        "on": booking.on,
        "effectId": booking.effect_id,
        "reference": booking.reference,
        "memo": booking.memo,
        "bookedAt": _instant(booking),
        "postings": postings,
    }


def _links(audit: Sequence[AuditRow]) -> dict[int, AuditRow]:
    """Return the audit row of each booking."""
    contents = ((json.loads(row.content), row) for row in audit)
    return {content["key"]: row for content, row in contents if content["kind"] == "booking"}


def _side(line: Posting) -> tuple[str, str, str]:
    """Return whether a posting is a debit or a credit, its amount without a sign, and the currency."""
    amount = line.amount.amount
    return "debit" if amount > 0 else "credit", str(abs(amount)), line.amount.currency


def _instant(booking: Booking) -> str:
    return f"{booking.booked_at:%Y-%m-%dT%H:%M:%SZ}"
