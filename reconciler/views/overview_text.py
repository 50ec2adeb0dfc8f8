"""The overview as a person reads it, and as a spreadsheet takes it."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.reports.csv import Cell, separated
from reconciler.reports.page import Page
from reconciler.reports.plain import cells, plain
from reconciler.reports.report import Options
from reconciler.views.overview import GRAINS, Holding, Line, Overview, Where
from reconciler.views.wording import counted

_SOON = 30
_COLUMNS = (
    *("ADDRESS", "NAME", "STATE", "EXPIRES", "DAYS", "SCOPE", "1 D", "7 D", "30 D", "QTY", "SKU", "REGION", "TERM"),
    *("PLAN", "ORDER", "RESERVATION"),
)
_CSV = (
    *("customer", "address", "displayName", "displayProvisioningState", "expiresOn", "daysLeft", "scopeType"),
    *("subscription", "subscriptionAlias", "resourceGroup", "managementGroup"),
    *(f"utilization{grain}Days" for grain in GRAINS),
    *("quantity", "sku", "location", "reservedResourceType", "term", "billingPlan", "orderId", "reservationId"),
)


def overview_text(overview: Overview, options: Options) -> str:
    """Return a table where the terminal is wide enough for it, else a few lines a reservation."""
    page = Page(options)
    for holding in overview.customers:
        shown = [item for item in holding.reservations if item.active or item.address or options.verbose]
        table = _table(shown) if options.width is not None else []
        wide = bool(table) and max(map(cells, table)) <= (options.width or 0)
        page.blank()
        page.say(_title(holding), style="bold", hang=2)
        if wide and shown:
            _tabled(page, table)
        else:
            for item in shown:
                _block(page, item)
        hidden = len(holding.reservations) - len(shown)
        if hidden:
            page.say(f"and {counted(hidden, 'ended reservation')} that no file names; -v lists all", indent=2)
    return str(page)


def overview_csv(overview: Overview) -> str:
    """Return a header and a row for each reservation; what is not known is empty."""
    return separated(_CSV, (_csv_row(item) for holding in overview.customers for item in holding.reservations))


def _title(holding: Holding) -> str:
    managed = sum(item.address is not None for item in holding.reservations)
    text = f"{holding.name}: {counted(len(holding.reservations), 'reservation')}, {managed} managed"
    return text if holding.complete else f"{text}; incomplete, there may be more"


def _block(page: Page, item: Line) -> None:
    style = "yellow" if item.active and item.days_left <= _SOON else ""
    page.blank()
    page.say(
        f'{_label(item)} "{item.display_name}": {item.display_provisioning_state}, {_expiry(item)}', 2, style, hang=2
    )
    kind = f"{item.quantity} x {item.sku} in {item.location} ({item.reserved_resource_type})"
    page.say(f"{kind}, {item.term}, {item.billing_plan or 'billing plan not known'}", indent=6)
    used = ", ".join(f"{_percent(item, grain)} ({counted(grain, 'day')})" for grain in GRAINS)
    page.say(f"scope {_scope(item.scope)}; utilization {used}", indent=6)
    page.say(f"order       {item.order_id}", indent=6)
    page.say(f"reservation {item.reservation_id}", indent=6)


def _expiry(item: Line) -> str:
    if not item.active:
        return f"its term runs to {item.expires_on}"
    if item.days_left < 0:
        return f"expired {item.expires_on}"
    return f"expires {item.expires_on}, {counted(item.days_left, 'day')} left"


def _label(item: Line) -> str:
    if item.address:
        return item.address
    return "(unmanaged)" if item.active else "(ended)"


def _scope(scope: Where) -> str:
    parts = (scope.alias or scope.subscription, scope.resource_group, scope.management_group)
    return " ".join([scope.type, *(part for part in parts if part)])


def _percent(item: Line, grain: int) -> str:
    value = item.utilization[str(grain)]
    return "-" if value is None else f"{value} %"


def _table(items: Sequence[Line]) -> list[str]:
    """Return a table's lines, as wide as its columns are."""
    rows = [[plain(text) for text in row] for row in (_COLUMNS, *map(_cells_of, items))]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    padded = ([text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(row).rstrip() for row in padded]


def _tabled(page: Page, table: Sequence[str]) -> None:
    for line in table:
        page.say(line)


def _cells_of(item: Line) -> tuple[str, ...]:
    return (
        *(_label(item), item.display_name, item.display_provisioning_state, str(item.expires_on), str(item.days_left)),
        *(_scope(item.scope), *(_percent(item, grain) for grain in GRAINS)),
        *(str(item.quantity), item.sku, item.location, item.term, item.billing_plan or "-"),
        *(item.order_id, item.reservation_id),
    )


def _csv_row(item: Line) -> Sequence[Cell]:
    scope = item.scope
    return (
        *(item.customer, item.address, item.display_name, item.display_provisioning_state),
        *(str(item.expires_on), item.days_left, scope.type, scope.subscription, scope.alias),
        *(scope.resource_group, scope.management_group),
        *(item.utilization[str(grain)] for grain in GRAINS),
        *(item.quantity, item.sku, item.location, item.reserved_resource_type, item.term, item.billing_plan),
        *(item.order_id, item.reservation_id),
    )
