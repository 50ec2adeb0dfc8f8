"""Everything that is to be said of one address: asked for, measured, allowed or not."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.actions import kinds
from reconciler.actions.kind import Pair, Proposal, View
from reconciler.model import current, desired
from reconciler.model.finding import Finding, Severity
from reconciler.model.inputs import Memory
from reconciler.model.plan import Action, Change, CustomerPlan, Figures, Plan, Return, Status
from reconciler.planner.looking import view_of
from reconciler.reports.report import nothing_known
from reconciler.rules.rulebook import Rulebook
from reconciler.views.caps import cap_section
from reconciler.views.exchanges import purchase_section, total_sections
from reconciler.views.lineage import pair_of
from reconciler.views.refusals import Meanings, refusing
from reconciler.views.returns import announced_sections, exchanged_sections, return_sections
from reconciler.views.steps import Explanation, Section, Step, note
from reconciler.views.wording import counted


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One customer: its plan, and what the plan was made from."""

    plan: Plan
    customer: desired.Customer
    held: current.Customer
    memory: Memory
    rulebook: Rulebook
    meaning: Meanings = nothing_known

    @property
    def part(self) -> CustomerPlan:
        """Return the customer's part of the plan."""
        return next(part for part in self.plan.customers if part.name == self.customer.name)

    def pair(self, address: str) -> Pair | None:
        """Return the entry at *address* beside the reservation it names, if there is one active."""
        entry = next((item for item in self.customer.reservations if item.address == address), None)
        return pair_of(self.customer, entry, self.held, self.memory) if entry else None

    def view(self, *pairs: Pair) -> View:
        """Return these pairs as the planner looks at them; without the service's quotes."""
        view = view_of(self.customer, self.held, self.memory, self.rulebook, self.plan.at.date())
        return msgspec.structs.replace(view, pairs=pairs)


def known_addresses(customer: desired.Customer) -> list[str]:
    """Return every address of a customer: reservations, exchange groups, and what exchanges buy."""
    blocks = [item.exchange for item in customer.reservations if item.exchange]
    found = [item.address for item in customer.reservations]
    found += [f"{customer.name}/exchanges/{block.group}" for block in blocks if block.group]
    found += [f"{customer.name}/{bought.name}" for block in blocks for bought in block.into]
    return list(dict.fromkeys(found))


def explain(known: Known, address: str) -> Explanation:
    """Return every figure of *address* step by step, as the plan has it."""
    sections: list[Section] = []
    if known.part.complete:
        sections = [*_sections(known, address), *_ahead(known, address)]
    findings = _told(known, address, [])
    if findings and not sections:
        sections.append(Section(title="Findings", steps=tuple(findings)))
    return Explanation(
        address=address,
        on=known.plan.at.date(),
        rulebook=known.rulebook.id,
        complete=known.part.complete,
        sections=tuple(sections),
    )


def _sections(known: Known, address: str) -> list[Section]:
    pair = known.pair(address)
    actions = [action for action in known.part.actions if concerns(action, address)]
    sections = [_reservation(pair)] if pair else []
    sections.append(_asked(known, address, actions))
    for action in actions:
        if action.action == "cancel" and pair is not None:
            sections += _cancel(known, pair, action)
        elif action.action == "exchange":
            sections += _exchange(known, action)
    if pair is not None and not any(action.action in ("cancel", "exchange") for action in actions):
        sections += _what_if(known, pair)
    return sections


def _ahead(known: Known, address: str) -> list[Section]:
    """Tell the deadlines of the address and of its customer."""
    found = [item for item in known.part.deadlines if item.address in (address, known.customer.name)]
    steps = tuple(note(str(item.on), f"{item.text} [{item.code}]") for item in found)
    return [Section(title="Deadlines", steps=steps)] if steps else []


def concerns(action: Action, address: str) -> bool:
    customer = action.address.partition("/")[0]
    named = {action.address, *(item.address for item in action.returns or ())}
    return address in named | {f"{customer}/{item.name}" for item in action.purchases or ()}


def _reservation(pair: Pair) -> Section:
    held = pair.held
    kind = f"{held.quantity} x {held.sku} in {held.location} ({held.resource_type}), {held.term}"
    steps = (
        note("name", held.display_name),
        note("what", f"{kind}, {pair.order.billing_plan}"),
        note("state", held.display_state or held.state),
        note("order", held.order_id),
        note("reservation", held.id),
    )
    return Section(title="The reservation", steps=steps)


def _asked(known: Known, address: str, actions: Sequence[Action]) -> Section:
    """Say what YAML asks for, and why it waits or is refused."""
    steps: list[Step] = []
    for action in actions:
        steps += [note(action.action, f"{_change(change)}") for change in action.changes]
        if not action.changes:
            steps.append(note(action.action, action.address))
        steps += [*_gist(action.money), *_floors(action), note("status", _status(action))]
    told = _told(known, address, actions)
    if not actions and not told:
        steps.append(note("nothing", "Azure is as the file says"))
    return Section(title="What is asked for", steps=(*steps, *told))


def _gist(money: Figures | None) -> list[Step]:
    if money is None:
        return []
    if money.net_payable is not None:
        return [note("gives", f"{money.net_payable} net payable, cash now {money.cash_now}")]
    return [note("gives", f"{money.refund} back: credit {money.credit} less fee {money.fee}")]


def _floors(action: Action) -> list[Step]:
    """Say whether the money is what the file demands of it."""
    money, floors = action.money, action.floors
    if money is None or floors is None:
        return []
    if floors.min_refund is not None:
        kept = money.refund.currency == floors.min_refund.currency and money.refund >= floors.min_refund
        return [note("minRefund", f"{floors.min_refund} at least, {money.refund} comes back: {_verdict(kept)}")]
    assert floors.max_net_payable is not None and money.net_payable is not None
    kept = money.net_payable <= floors.max_net_payable
    return [note("maxNetPayable", f"{floors.max_net_payable} at most, {money.net_payable}: {_verdict(kept)}")]


def _verdict(kept: bool) -> str:
    return "kept" if kept else "not kept"


def _change(change: Change) -> str:
    before, after = ("(none)" if item is None else item for item in (change.before, change.after))
    return f"{change.path.strip('/').replace('/', '.')} {before} -> {after}"


def _status(action: Action) -> str:
    if action.status is Status.DEFERRED:
        address = action.address
        return (
            f"deferred until {action.not_before}; for that day: reconciler explain {address} --at {action.not_before}"
        )
    if action.status is Status.BLOCKED:
        return f"blocked by {', '.join(action.blocked_by)}"
    return str(action.status)


def _told(known: Known, address: str, actions: Sequence[Action]) -> list[Step]:
    wanted = {address, known.customer.name, *(action.address for action in actions)}
    return _notes(known, [item for item in known.plan.findings if item.address in wanted])


def _notes(known: Known, findings: Sequence[Finding]) -> list[Step]:
    labels = {Severity.DENY: "forbidden", Severity.WARNING: "mind", Severity.INFO: "note"}
    return [
        note(labels[item.severity], f"{item.message} [{item.code}]", refusing(item, known.rulebook, known.meaning))
        for item in findings
    ]


def _cancel(known: Known, pair: Pair, action: Action) -> list[Section]:
    money = action.money
    returned = known.view(pair).returned(pair, money.quantity) if money else None
    if money is None or returned is None:
        return []
    estimate = money.estimate or money
    sections = return_sections(returned, known.rulebook, estimate)
    if money.source == "quote":
        sections.append(_quote(money, estimate))
    sections.append(cap_section(known.part.cap, known.rulebook.cap.reason, money.cap_use, action))
    return sections + announced_sections(returned, known.rulebook)


def _quote(money: Figures, estimate: Figures) -> Section:
    steps = [note("refund", f"{money.refund} quoted; {estimate.refund} by our rules")]
    if money.refund != estimate.refund or money.cap_use != estimate.cap_use:
        use, own = money.cap_use, estimate.cap_use
        steps += [
            note("credit", f"{money.credit} quoted; {estimate.credit} by our rules"),
            note("fee", f"{money.fee} quoted; {estimate.fee} by our rules"),
            note("cancelled commitment", f"{money.canceled_commitment} quoted; {estimate.canceled_commitment} by ours"),
            note("cap use", f"{use.refund} and {use.commitment} quoted; {own.refund} and {own.commitment} by ours"),
        ]
    return Section(title="Microsoft's quote, which decides", steps=tuple(steps))


def _exchange(known: Known, action: Action) -> list[Section]:
    sections = [section for item in action.returns or () for section in _given_back(known, item)]
    return [*sections, purchase_section(action), *total_sections(action, known.rulebook)]


def _given_back(known: Known, item: Return) -> list[Section]:
    pair = known.pair(item.address)
    returned = known.view(pair).returned(pair, item.money.quantity) if pair else None
    if returned is None:
        return []
    units = f"{item.money.quantity} of {counted(item.reservation.quantity, 'unit')}"
    return [
        msgspec.structs.replace(section, title=f"Given back: {item.address}, {units}. {section.title}")
        for section in exchanged_sections(returned, known.rulebook, item.money.estimate or item.money)
    ]


def idle_return(known: Known, pair: Pair) -> Proposal | None:
    """Return what cancelling all of a reservation would be, by the planner's own rules, where nothing asks for it."""
    return next(kinds()["cancel"].propose(known.view(pair)), None)


def _what_if(known: Known, pair: Pair) -> list[Section]:
    """Explain what cancelling all of a reservation would give."""
    view, proposal = known.view(pair), idle_return(known, pair)
    if proposal is None:
        return []
    money = proposal.action.money
    verdict = "blocked" if proposal.action.blocked_by else "allowed, as far as the cap holds it"
    steps = (*_gist(money), note("status", verdict), *_notes(known, proposal.findings))
    sections = [Section(title="What if all of it were cancelled on this day (nothing asks for it)", steps=steps)]
    returned = view.returned(pair, pair.surplus)
    if money is not None and returned is not None:
        sections += return_sections(returned, known.rulebook, money)
        sections.append(cap_section(known.part.cap, known.rulebook.cap.reason, money.cap_use, None))
        sections += announced_sections(returned, known.rulebook)
    return [msgspec.structs.replace(section, what_if=True) for section in sections]
