"""The sentences that every readable report shares; none of them is escaped yet."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from reconciler.model.cap import Cap, Choice, Meter
from reconciler.model.coverage import Coverage, EstateRef
from reconciler.model.money import Money, total
from reconciler.model.plan import Action, CustomerPlan, Plan, Status
from reconciler.model.sharding import ShardRef
from reconciler.reports.report import Options

# More customers than this are summed up where they would be named, and told one by one elsewhere.
_NAMED_CUSTOMERS = 5
_RELEASES = 3


def listed(parts: Sequence[str]) -> str:
    """Return the parts as people list them: ``a, b and c``."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 unit``, ``2 units``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def sums(amounts: Iterable[Money]) -> str:
    """Return the sum in each currency, by currency; empty where there is nothing to add up."""
    by_currency: dict[str, list[Money]] = {}
    for amount in amounts:
        by_currency.setdefault(amount.currency, []).append(amount)
    return listed([str(total(items, currency)) for currency, items in sorted(by_currency.items())])


def instant(at: datetime) -> str:
    """Return an instant as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def gating(cap: Cap) -> Meter:
    """Return the meter that decides."""
    return cap.meters.commitment if cap.basis == "commitment" else cap.meters.refund


def headline(plan: Plan) -> str:
    """Return what comes back, what it costs, and what is left of each cap."""
    ready = [action for action in plan.actions() if action.status is Status.READY]
    cancels = [action.money for action in ready if action.money and action.action == "cancel"]
    exchanges = [action.money for action in ready if action.money and action.action == "exchange"]
    parts = []
    if cancels:
        fees = sums(money.fee for money in cancels if money.fee.amount)
        parts += [f"Refund {sums(money.refund for money in cancels)}", f"fee {fees}" if fees else "no fee"]
    if exchanges:
        payable = sums(money.net_payable for money in exchanges if money.net_payable is not None)
        cash = sums(money.cash_now for money in exchanges)
        parts.append(f"exchanges: net payable {payable}, cash now {cash}")
    if not parts:
        parts.append("No money moves")
    left = _caps_left([customer for customer in plan.customers if any(a.action == "cancel" for a in customer.actions)])
    sentence = "; ".join([*parts, left] if left else parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _caps_left(customers: Sequence[CustomerPlan]) -> str:
    known = [customer for customer in customers if gating(customer.cap).known]
    unknown = [customer for customer in customers if not gating(customer.cap).known]
    if len(customers) <= _NAMED_CUSTOMERS:
        lefts = [f"{customer.name} {gating(customer.cap).remaining}" for customer in known]
        lefts += [f"{customer.name} not known" for customer in unknown]
        return f"cap left: {listed(lefts)}" if lefts else ""
    parts = []
    if known:
        least = min(known, key=lambda customer: gating(customer.cap).remaining.amount)
        parts.append(f"cap left: {gating(least.cap).remaining} or more for {counted(len(known), 'customer')}")
        parts.append(f"least for {least.name}")
    if unknown:
        parts.append(f"cap left not known for {counted(len(unknown), 'customer')}")
    return ", ".join(parts)


def provenance(plan: Plan) -> str:
    """Return what the plan was made from, and when it holds."""
    kind = "What-if" if plan.what_if else "Plan"
    accepted = [item.name if item.value is None else f"{item.name}={item.value}" for item in plan.accepted]
    parts = [f"{kind} as of {instant(plan.at)} under rulebook {plan.rulebook.id}."]
    parts += [_from_file(plan.inputs.estate, plan.what_if)] if plan.inputs.estate else []
    parts += [covered(plan.inputs.changed_since)] if plan.inputs.changed_since else []
    parts += [_sharded(plan.inputs.shard)] if plan.inputs.shard else []
    parts += [f"Accepted for it alone: {listed(accepted)}."] if accepted else []
    return " ".join(parts)


def _from_file(estate: EstateRef, what_if: bool) -> str:
    """Return that a plan was not made from Azure, and what apply makes of it."""
    whole = "" if estate.complete else ", which is not whole"
    applied = ": apply reads Azure first, and refuses the plan where that has changed since"
    taken = f"Not from Azure, but from an estate file taken at {instant(estate.taken_at)}{whole}"
    return f"{taken}{'' if what_if else applied}."


def _sharded(shard: ShardRef) -> str:
    """Return that a plan is one of several which together cover all customers."""
    return f"Shard {shard.number} of {shard.of}: only the customers whose files are dealt to it."


def covered(coverage: Coverage) -> str:
    """Return which part of all files a run was about."""
    since, of = (
        coverage.revision,
        f"{coverage.files:,} customers' files" if coverage.files != 1 else "1 customer's file",
    )
    if coverage.because:
        return f"Covers all of {of}: {listed(coverage.because)} since {since}, and every customer depends on it."
    what = "those that" if coverage.read else "none"
    by = listed([commit[:12] for commit in coverage.bases])
    return f"Covers {coverage.read:,} of {of}: {what} changed since {since} (compared by {by})."


def is_told(customer: CustomerPlan) -> bool:
    """Say whether there is anything to tell of a customer: what does not change is noise."""
    over = gating(customer.cap).remaining.amount < 0
    return bool(customer.actions) or not customer.complete or over


def cap_line(cap: Cap) -> str:
    """Return one customer's cap: limit, consumed, planned and left, on the basis that decides."""
    meter = gating(cap)
    if not meter.known:
        return f"Cap {cap.limit}: nothing tells how much of it is consumed"
    spent = f"{meter.consumed.amount:,} consumed, {meter.planned.amount:,} planned"
    share = f"; maxCapShare {cap.share}: {cap.ceiling} may be used" if cap.share is not None else ""
    return f"Cap {cap.limit}: {spent}, {meter.remaining} left{share}"


def cap_terms(cap: Cap, every: bool) -> str:
    """Return how the cap counts, and when how much comes back; three days of it unless *every*."""
    terms = f"Counted as {cap.basis} over {cap.window_days} days"
    amounts = [(item.on, item.commitment if cap.basis == "commitment" else item.refund) for item in cap.releases]
    shown = amounts if every else amounts[:_RELEASES]
    parts = [f"{amount} on {on}" for on, amount in shown]
    if not parts:
        return terms
    if len(shown) < len(amounts):
        rest = total((amount for _, amount in amounts[_RELEASES:]), cap.limit.currency)
        parts.append(f"{rest} on {counted(len(amounts) - _RELEASES, 'later day')}, the last {amounts[-1][0]}")
    return f"{terms}; comes back: {listed(parts)}"


def choice_lines(cap: Cap) -> list[str]:
    """Return what was chosen of cancellations that the cap does not hold all, and whether more were possible."""
    choice = cap.choice
    if not isinstance(choice, Choice):
        return []
    order = " priority by priority" if len(choice.tiers) > 1 else ""
    more = "no choice brings more" if choice.optimal else f"no choice brings more than {choice.upper_bound}"
    return [f"Choice: of {counted(choice.candidates, 'cancellation')}{order}, {choice.value} of refund fits; {more}"]


def summary(plan: Plan) -> str:
    """Return the counts, as Terraform's readers know them."""
    counts = plan.summary
    ready = [f"{counts.update} to update", f"{counts.cancel} to cancel", f"{counts.exchange} to exchange"]
    if counts.access:
        ready.insert(1, f"{counts.access} to grant or revoke")
    if counts.protection:
        ready.insert(1, f"{counts.protection} to protect or release")
    waiting = [f"{getattr(counts, name)} {name}" for name in ("blocked", "deferred", "pending")]
    groups = [
        ", ".join(ready),
        ", ".join(text for text in waiting if not text.startswith("0 ")),
        f"{counts.unchanged} unchanged, {counts.unmanaged} unmanaged",
    ]
    return f"Plan: {'; '.join(group for group in groups if group)}."


def next_steps(plan: Plan, options: Options) -> list[str]:
    """Return what the reader is to do now; the last may lead to ``next_command``."""
    steps = []
    incomplete = [customer.name for customer in plan.customers if not customer.complete]
    if incomplete:
        names = listed(incomplete) if len(incomplete) <= _NAMED_CUSTOMERS else counted(len(incomplete), "customer")
        steps.append(f"Incomplete: {names} could not be read whole, so nothing is planned there. Plan again later.")
    if plan.what_if:
        steps.append("This is a what-if: it cannot be applied. Plan again without --at to get a plan that can.")
    elif plan.applyable:
        steps.append(_carry_out(plan, options))
    elif plan.actions():
        steps.append(f"Nothing can be applied now. {_waiting(plan.actions())}".rstrip())
    elif not incomplete and not any(finding.severity == "deny" for finding in plan.findings):
        steps.append(_nothing(plan))
    return steps


def _nothing(plan: Plan) -> str:
    coverage, shard, estate = plan.inputs.changed_since, plan.inputs.shard, plan.inputs.estate
    if coverage and not plan.customers:
        return f"Nothing to do: no customer that is planned changed since {coverage.revision}."
    if shard and not plan.customers:
        return f"Nothing to do: no customer that is planned is dealt to shard {shard}."
    return f"Nothing to do: {'the estate' if estate else 'Azure'} is as the files say."


def next_command(plan: Plan, options: Options) -> str | None:
    """Return the command that carries the plan out, None where nothing can be."""
    if plan.what_if or not plan.applyable or options.how_to_apply:
        return None
    return f"reconciler apply {shlex.quote(options.plan_file) if options.plan_file else 'FILE'}"


def _carry_out(plan: Plan, options: Options) -> str:
    how = options.how_to_apply
    first = [] if how or options.plan_file else [f"save it with {options.saving}"]
    if plan.approvals:
        first.append(f"have {'one person' if plan.approvals == 1 else f'{plan.approvals} people'} approve it")
    before = f"To carry it out, {', '.join(first)}{' and, ' if first else ''}before {instant(plan.expires_at)}, "
    return f"{before}{how}." if how else f"{before}run:"


def _waiting(actions: Sequence[Action]) -> str:
    parts = []
    if any(action.status is Status.READY for action in actions):
        parts.append("A limit refuses the run; it says what to do.")
    if any(action.status is Status.BLOCKED for action in actions):
        parts.append("What is blocked needs the change named at it.")
    days = [action.not_before for action in actions if action.status is Status.DEFERRED and action.not_before]
    if days:
        parts.append(f"The next deferred action is due on {min(days)}.")
    if any(action.status is Status.PENDING for action in actions):
        parts.append("What is pending waits on Microsoft; see: reconciler status")
    return " ".join(parts)
