"""Every figure of one reservation step by step, or what a finding means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled, timed
from reconciler.cli.views import in_format

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.model import desired
    from reconciler.pipeline import Request
    from reconciler.reports import Options
    from reconciler.views.explanation import Known


@click.command("explain", help=__doc__)
@click.argument("subject", metavar="ADDRESS|CODE")
@click.option("--no-quote", is_flag=True, help="Do not ask the service for quotes; explain the estimates.")
@in_format("text", "json", "markdown")
@configured
@timed
@styled
def COMMAND(subject: str, no_quote: bool, form: str, config: Config, at: datetime | None, style: Options) -> int:
    """Tell an address from a code, and explain it."""
    from reconciler.cli.frame import request
    from reconciler.errors import UsageError

    if "/" in subject:
        if form == "markdown":
            raise UsageError("an address is explained as text or json; markdown is for the codes of findings")
        return _address(subject, request(config, at=at, quote=not no_quote), form, style)
    return _code(subject, request(config), form, style)


def _code(code: str, asked: Request, form: str, style: Options) -> int:
    import msgspec

    from reconciler.cli.output import meanings, say
    from reconciler.cli.views import pretty
    from reconciler.errors import UsageError
    from reconciler.model.meaning import meaning_of
    from reconciler.views.explain_text import meaning_page, meaning_text

    known = meanings()
    meaning = meaning_of(code, known)
    if meaning is None:
        raise UsageError(f"there is no address and no code {code}{_meant(code, list(known), asked)}")
    if form == "json":
        say(pretty({"code": code, **msgspec.to_builtins(meaning)}))
    elif form == "markdown":
        say(meaning_page(code, meaning))
    else:
        say(meaning_text(code, meaning, style))
    return 0


def _address(address: str, asked: Request, form: str, style: Options) -> int:
    from reconciler import pipeline
    from reconciler.cli.output import say, tell
    from reconciler.cli.views import pretty
    from reconciler.views.explain_text import explanation_text
    from reconciler.views.explanation import explain

    customer = _customer(pipeline.read_desired(asked), address)
    explanation = explain(_known(asked, customer), address)
    say(pretty(explanation) if form == "json" else explanation_text(explanation, style))
    if not explanation.complete:
        tell(f"{customer.name}: incomplete: nothing is worked out for it")
    return 0 if explanation.complete else 7


def _known(asked: Request, customer: desired.Customer) -> Known:
    """Plan the whole customer, as its returns share one cap, and read what the plan was made from."""
    import msgspec

    from reconciler import pipeline
    from reconciler.cli.frame import provider_of
    from reconciler.cli.views import remembered
    from reconciler.errors import ProviderError
    from reconciler.estate.customers import current_digest
    from reconciler.model.inputs import Selection
    from reconciler.rulebooks import load_rulebook
    from reconciler.views.explanation import Known

    config = asked.config
    asked = msgspec.structs.replace(asked, selection=Selection(customers=frozenset({customer.name})))
    with provider_of(config) as provider:
        plan = pipeline.plan(asked, provider)
        held = provider.read([customer]).customers[customer.tenant_id]
        memory = remembered(config, provider, [customer])[customer.name]
    if plan.complete and current_digest([held]) != plan.inputs.current:
        raise ProviderError(f"{customer.name} changed in Azure while it was read; run this again")
    rulebook = load_rulebook(config.rulebook, config.root)
    return Known(plan=plan, customer=customer, held=held, memory=memory, rulebook=rulebook)


def _customer(state: desired.State, address: str) -> desired.Customer:
    from reconciler.documents import near
    from reconciler.errors import UsageError
    from reconciler.views.explanation import known_addresses

    known = {name: customer for customer in state.customers for name in known_addresses(customer)}
    if address not in known:
        raise UsageError(f"no file has the address {address}{near(address, known)}")
    return known[address]


def _meant(word: str, codes: list[str], asked: Request) -> str:
    """Return what was probably meant: a code, or an address without its customer."""
    from reconciler import pipeline
    from reconciler.documents import near
    from reconciler.errors import ReconcilerError
    from reconciler.views.explanation import known_addresses

    hint = near(word, codes)
    if hint:
        return hint
    try:
        state = pipeline.read_desired(asked)
    except ReconcilerError:
        return hint  # without readable files only codes can be meant
    addresses = [name for customer in state.customers for name in known_addresses(customer)]
    ends = [name for name in addresses if name.rpartition("/")[2] == word]
    return near(ends[0], ends) if ends else near(word, addresses)
