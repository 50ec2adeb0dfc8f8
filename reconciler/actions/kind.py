"""What a kind of action is, and what it proposes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from reconciler.model import current, desired
from reconciler.model.finding import Finding, Location, Problem, Severity, finding
from reconciler.model.inputs import Memory, Quote, ScopeAnswers
from reconciler.model.plan import SELF_SERVICE, Action, Change, Figures, Status, Target
from reconciler.model.support import Ticket
from reconciler.rules.payments import Payments, payments_as_of
from reconciler.rules.quotes import comparable
from reconciler.rules.returns import Returned
from reconciler.rules.rulebook import Rulebook

QuoteKey = tuple[str, ...]
# The properties to send for an action, given the customer's tenant.
Patch = Callable[[Action, str], dict[str, Any]]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of YAML beside the reservation that it names, and what differs.

    ``absorbed`` says that a merge has brought in units which the entry's own id did
    not have, ``guarded`` that the ledger remembers the reservation as protected.
    """

    wanted: desired.Reservation
    held: current.Reservation
    order: current.Order
    changes: tuple[Change, ...]
    absorbed: bool = False
    guarded: bool = False

    @property
    def surplus(self) -> int:
        """Return how many units are to be given back; negative where more are wanted than held."""
        return next((item.before - item.after for item in self.changes if item.path == "/quantity"), 0)

    @property
    def target(self) -> Target:
        """Return the reservation as plans name it."""
        return Target(order_id=self.held.order_id, reservation_id=self.held.id, quantity=self.held.quantity)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one customer when its actions are proposed."""

    customer: desired.Customer
    held: current.Customer
    pairs: tuple[Pair, ...]
    rulebook: Rulebook
    memory: Memory
    at: date
    quotes: dict[QuoteKey, Quote]
    alternatives: tuple[Rulebook, ...] = ()
    what_if: bool = False
    scopes: ScopeAnswers = {}

    def quote(self, key: QuoteKey) -> Quote | None:
        """Return the service's quote; a what-if has none, since a quote is about now."""
        return None if self.what_if else self.quotes.get(key)

    def comparable_quote(self, key: QuoteKey, figures: Sequence[Figures]) -> Quote | None:
        """Return the service's quote of what *figures* measure; in another currency it is none."""
        quote = self.quote(key)
        return comparable(quote, figures) if quote else None

    def payments(self, order: current.Order) -> Payments | None:
        """Return the order's payments as of the plan's day."""
        return payments_as_of(order, self.held.taken_on, self.at)

    def returned(self, pair: Pair, quantity: int) -> Returned | None:
        """Return *quantity* units of a pair as something to measure; None if its payments are unknown."""
        payments = self.payments(pair.order)
        if payments is None:
            return None
        return Returned(reservation=pair.held, order=pair.order, payments=payments, quantity=quantity, at=self.at)


class Block(msgspec.Struct, frozen=True):
    """Why an action must not be carried out."""

    code: str
    message: str


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """An action, the pairs it is about, and what there is to say of it."""

    action: Action
    pairs: tuple[Pair, ...]
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()

    def blocked(self, *blocks: Block) -> Proposal:
        """Return this proposal refused, with a finding for each reason."""
        if not blocks:
            return self
        action = msgspec.structs.replace(
            self.action,
            status=Status.BLOCKED,
            blocked_by=(*self.action.blocked_by, *(block.code for block in blocks)),
        )
        return msgspec.structs.replace(self, action=action).noting(Severity.DENY, *blocks)

    def waiting(self, ticket: Ticket) -> Proposal:
        """Return this proposal waiting for what Microsoft decides of a support request."""
        action = msgspec.structs.replace(self.action, status=Status.PENDING, ticket=ticket)
        return msgspec.structs.replace(self, action=action)

    def noting(self, severity: Severity, *notes: Block) -> Proposal:
        """Return this proposal with more findings."""
        new = (finding(note.code, severity, note.message, self.action.address, self.action.location) for note in notes)
        return msgspec.structs.replace(self, findings=(*self.findings, *new))


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of action.

    ``counted`` is the key of the plan's summary; ``rank`` orders kinds (what is
    free first, then exchanges, then cancellations). ``patch`` gives the properties
    to send for those that only update the reservation, else it is None.
    """

    name: str
    counted: str
    rank: int
    propose: Callable[[View], Iterator[Proposal]]
    patch: Patch | None = None


def gates(view: View, pair: Pair) -> list[Block]:
    """Return what forbids any action on a pair, whatever its kind."""
    held = pair.held
    blocks = []
    if view.customer.frozen:
        blocks.append(
            Block(
                "customer.frozen",
                f"{view.customer.name} is frozen; set frozen: false to act on this customer",
            )
        )
    if held.state != current.SUCCEEDED:
        blocks.append(
            Block(
                "reservation.busy",
                f"Azure is still working on this reservation ({held.state}); plan again later",
            )
        )
    if view.memory.other_names:
        names = " and ".join(view.memory.other_names)
        moves = ", ".join(f"reconciler ledger rename {name} {view.customer.name}" for name in view.memory.other_names)
        text = (
            f"the ledger knows this tenant as {names}: its refunds, protections and open requests are kept under that "
            f"name; write it back into metadata.name, or move them: {moves}"
        )
        blocks.append(Block("ledger.other-name", text))
    if held.id in view.memory.open:
        blocks.append(_begun(view, held.id))
    return blocks


def _begun(view: View, reservation_id: str) -> Block:
    """Return why nothing happens to a reservation on which something was begun that is not settled."""
    begun, ticket = view.memory.open[reservation_id], view.memory.requests.get(reservation_id)
    if ticket is not None and not ticket.closed:
        text = (
            f"support request {ticket.id} asks Microsoft for its {begun}, which may be granted at any time; "
            "withdraw the request at Microsoft, run `reconciler resume`, then plan again"
        )
        return Block("support.waiting", text)
    text = f"an earlier run began {begun} here and its end is not known; see `reconciler status`"
    return Block("effect.unresolved", text)


def update(
    name: str, rank: int, prefix: str, patch: Patch, whole: Callable[[Pair], dict[str, Any]] = lambda _: {}
) -> Kind:
    """Return a kind that changes the spec under the JSON pointer *prefix* in place.

    *whole* gives fields of the action that *patch* needs beside what differs.
    """

    def propose(view: View) -> Iterator[Proposal]:
        for pair in view.pairs:
            changes = tuple(item for item in pair.changes if item.path == prefix or item.path.startswith(f"{prefix}/"))
            if changes:
                action = draft(name, pair.wanted.address, pair.target, changes, pair.wanted.location)
                action = msgspec.structs.replace(action, **whole(pair))
                proposal = Proposal(action=action, pairs=(pair,))
                ticket = view.memory.requests.get(pair.held.id)
                # What becomes of the reservation is not known before the request is decided.
                if ticket is not None and not ticket.closed:
                    yield proposal.waiting(ticket)
                else:
                    yield proposal.blocked(*gates(view, pair))

    return Kind(name=name, counted="update", rank=rank, propose=propose, patch=patch)


def draft(name: str, address: str, target: Target | None, changes: tuple[Change, ...], location: Location) -> Action:
    """Return a ready action with nothing measured yet."""
    return Action(
        id=identity(name, address, target, changes),
        address=address,
        action=name,
        status=Status.READY,
        channel=SELF_SERVICE,
        reservation=target,
        changes=changes,
        location=location,
    )


def identity(name: str, address: str, target: Target | None, changes: tuple[Change, ...]) -> str:
    """Return an id that is the same whenever the same thing is to be done."""
    content = msgspec.json.encode([name, address, target, changes])
    return hashlib.sha256(content).hexdigest()[:16]


def request_digest(block: desired.Cancel | desired.Exchange) -> str:
    """Return the digest of the block that asks for a return, by which the ledger knows it again."""
    return "sha256:" + hashlib.sha256(msgspec.json.encode(block)).hexdigest()
