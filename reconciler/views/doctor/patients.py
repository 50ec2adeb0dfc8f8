"""One customer's checks, judged."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import desired
from reconciler.model.checkup import Checkup
from reconciler.views.doctor.checks import Check, Patient, State, skipped, well
from reconciler.views.doctor.rights import REMINDER, right_checks, trap_checks

# Tokens are refused by clocks that differ by five minutes (Microsoft Entra, and Kerberos before it).
_MOST_SKEW = 300.0


def patient(customer: desired.Customer, found: Checkup) -> Patient:
    """Return what was found of a customer, judged by what its file asks for."""
    checks = tuple(_checks(customer, found))
    return Patient(name=customer.name, tenant_id=customer.tenant_id, credential=found.credential, checks=checks)


def _checks(customer: desired.Customer, found: Checkup) -> Iterator[Check]:
    if found.sign_in_problem is not None:
        to_do = f"check the credential ({found.credential}) of {customer.name} and its environment"
        yield Check(name="sign-in", state=State.PROBLEM, text=found.sign_in_problem, to_do=to_do)
        return
    yield well("sign-in", f"a token by {found.credential}")
    if found.read_problem is None:
        yield well("reading", f"{found.orders} order(s), {found.reservations} active reservation(s)")
    else:
        to_do = "give the identity Reservations Reader on the orders, or run it again if the service failed"
        yield Check(name="reading", state=State.PROBLEM, text=found.read_problem, to_do=to_do)
    rights = list(right_checks(customer, found))
    traps = list(trap_checks(customer, found))
    yield from (*rights, *traps)
    if traps or any(check.to_do for check in rights):
        yield Check(name="roles", state=State.SKIPPED, text=REMINDER)
    yield _clock(found)


def _clock(found: Checkup) -> Check:
    if found.credential == "emulator":
        return skipped("clock", "the emulator's clock may stand still, so it is not compared with ours")
    if found.skew is None:
        return skipped("clock", "the service's answers have no date to compare ours with")
    seconds = abs(round(found.skew))
    if seconds <= _MOST_SKEW:
        return well("clock", f"{seconds} s from the service's")
    where = "ahead of" if found.skew > 0 else "behind"
    return Check(
        name="clock",
        state=State.WARNING,
        text=f"ours is {seconds} s {where} the service's",
        to_do="set this machine's clock: tokens may be refused, and plans dated wrongly",
    )
