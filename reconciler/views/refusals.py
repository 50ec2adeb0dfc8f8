"""Who refuses: Microsoft's law, Azure's answer, the partner's own files, or this program's caution."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.model.meaning import Meaning
from reconciler.model.plan import Reason
from reconciler.rules.rulebook import Products, Rulebook

Meanings = Callable[[str], Meaning | None]

_CAP = ("cap.exceeded", "cap.other-basis", "cap.partial")
_EXCHANGE = ("exchange.floor", "exchange.family")
# What else can refuse, by how its code begins, and where that is written.
_OTHERS = {
    "limit.": "the partner's own limits, reconciler.yaml",
    "policy.": "the partner's own policies",
    "service.": "Azure's answer to a quote",
    "cap.service-refuses": "Azure's answer to a quote",
    "return.not-enabled": "Azure's reading of the reservation, capabilities",
    "exchange.not-enabled": "Azure's reading of the reservation, capabilities",
    "reservation.": "Azure's reading of the reservation",
    "protected": "the customer's own file, protected",
    "customer.frozen": "the customer's own file, frozen",
    "refund.below-floor": "the customer's own file, minRefund",
    "exchange.max-net-payable": "the customer's own file, maxNetPayable",
}


def refusing(finding: Finding, rulebook: Rulebook, meaning: Meanings) -> Reason | None:
    """Return the rule by which *finding* refuses, with where it is written; None of one that refuses nothing."""
    code = finding.code
    if code in _CAP:
        return rulebook.cap.reason
    if finding.severity is not Severity.DENY:
        return None
    if code in _EXCHANGE:
        return rulebook.exchange
    barred = next((item for item in _sets(rulebook, code) if item.name in finding.message), None)
    if barred is not None:
        kept = f", bought after {barred.purchased_after}" if barred.purchased_after else ""
        return Reason(rule=code, text=f"{barred.name}: {', '.join(barred.members)}{kept}.", source=barred.source)
    told = meaning(code)
    if told is None:
        return None
    sources = (source for begins, source in _OTHERS.items() if code.startswith(begins))
    return Reason(rule=code, text=told.why, source=next(sources, f"this program's own care, docs/findings/{code}.md"))


def _sets(rulebook: Rulebook, code: str) -> Sequence[Products]:
    sets = {"product.not-returnable": rulebook.not_returnable, "product.not-exchangeable": rulebook.not_exchangeable}
    return sets.get(code, ())
