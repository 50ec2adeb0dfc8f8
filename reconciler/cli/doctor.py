"""Whether plan and apply can work here: sign-in, rights, clock, ledger, rulebook; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured
from reconciler.cli.views import in_format, of_customers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from reconciler.config import Config
    from reconciler.ledger.ledger import Ledger
    from reconciler.model import current, desired
    from reconciler.providers import Provider
    from reconciler.views.doctor.checks import Check, Diagnosis, Patient
    from reconciler.views.doctor.place import LedgerFacts


@click.command("doctor", help=__doc__)
@of_customers
@in_format("text", "json")
@click.option("--no-quote", is_flag=True, help="Do not ask for a quote to find accounts that may not return.")
@configured
def COMMAND(customers: tuple[str, ...], form: str, no_quote: bool, config: Config) -> int:
    """Look, judge, and say what to do."""
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.output import say
    from reconciler.cli.views import chosen, pretty
    from reconciler.views.doctor.text import doctor_text

    state = pipeline.read_desired(request(config))
    selection = chosen(state, customers)
    wanted = [item for item in state.customers if selection.has_customer(item.name)]
    with provider_of(config) as provider:
        found = _diagnosis(config, provider, wanted, not no_quote)
    say(pretty(found) if form == "json" else doctor_text(found))
    return 0 if found.healthy else 1


def _diagnosis(config: Config, provider: Provider, wanted: Sequence[desired.Customer], quote: bool) -> Diagnosis:
    from reconciler.cli.frame import now
    from reconciler.errors import ProviderError
    from reconciler.views.doctor.checks import Check, State, diagnosis, well

    try:
        day, reached = provider.now().date(), True
        service = well("provider", f"{config.provider}{_where(config)}")
    except ProviderError as error:
        day, reached = now().date(), False
        service = Check(name="provider", state=State.PROBLEM, text=str(error), to_do="check --endpoint")
    patients = _patients(provider, wanted, quote) if reached else []
    return diagnosis([service, *_place(config, day)], patients)


def _where(config: Config) -> str:
    return f" {config.snapshot}" if config.provider == "snapshot" else f" at {config.azure.endpoint}"


def _place(config: Config, day: date) -> list[Check]:
    from reconciler import pipeline
    from reconciler.rulebooks import built_in, load_rulebook
    from reconciler.views.doctor.place import ledger_checks, rulebook_checks

    rulebook = load_rulebook(config.rulebook, config.root)
    others = [load_rulebook(name, config.root) for name in built_in() if name != rulebook.id]
    found = list(rulebook_checks(rulebook, others, day))
    if config.provider != "snapshot":
        found += ledger_checks(_ledger(pipeline.ledger_url(config), config.provider != "emulator"))
    return found


def _ledger(url: str, needed: bool) -> LedgerFacts:
    from reconciler.errors import LedgerError
    from reconciler.ledger import ledger_exists, open_ledger
    from reconciler.views.doctor.place import LedgerFacts

    try:
        if not ledger_exists(url):
            return LedgerFacts(exists=False, needed=needed)
        with open_ledger(url, create=False) as ledger:
            return _facts(ledger, needed, shared=not url.startswith("sqlite"))
    except LedgerError as error:
        return LedgerFacts(exists=True, needed=needed, problem=str(error))


def _facts(ledger: Ledger, needed: bool, shared: bool) -> LedgerFacts:
    from reconciler.ledger.processes import alive
    from reconciler.ledger.tables import SCHEMA_VERSION
    from reconciler.model.support import Ticket
    from reconciler.views.doctor.place import LedgerFacts

    verdict, effects = ledger.books.verify(None), ledger.open_effects()
    waiting = [item for item in effects if Ticket.of(item.detail) is not None]
    return LedgerFacts(
        exists=True,
        needed=needed,
        problem=f"the ledger does not fit: {verdict.flaw}" if verdict.flaw else None,
        version=SCHEMA_VERSION,  # another version is not opened
        rows=verdict.rows,
        open=tuple(item.address for item in effects if item not in waiting),
        pending=len(waiting),
        dead=tuple(item.customer for item in ledger.locks() if not alive(item.run, afar=shared)),
    )


def _patients(provider: Provider, wanted: Sequence[desired.Customer], quote: bool) -> list[Patient]:
    from reconciler.providers import LiveProvider
    from reconciler.views.doctor.patients import patient

    if isinstance(provider, LiveProvider):
        return list(map(patient, wanted, provider.examine(wanted, quote)))
    estate = provider.read(wanted)
    return [_unsigned(customer, estate.customers[customer.tenant_id]) for customer in wanted]


def _unsigned(customer: desired.Customer, held: current.Customer) -> Patient:
    """Return what an estate file tells of a customer."""
    from reconciler.views.doctor.checks import Check, Patient, State, skipped, well

    reading = well("reading", f"{len(held.orders)} order(s)")
    if not held.complete:
        to_do = "take another one with reconciler snapshot"
        reading = Check(name="reading", state=State.PROBLEM, text=held.problem or "incomplete", to_do=to_do)
    checks = (reading, skipped("sign-in", "an estate file needs none, and tells nothing of rights"))
    return Patient(name=customer.name, tenant_id=customer.tenant_id, credential=None, checks=checks)
