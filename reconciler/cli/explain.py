"""Every figure of one reservation step by step, or what a finding means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled
from reconciler.cli.values import InstantType
from reconciler.cli.views import in_format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.model import desired
    from reconciler.pipeline import Request
    from reconciler.reports import Options
    from reconciler.views.explanation import Known


@click.command("explain", help=__doc__)
@click.argument("subject", metavar="ADDRESS|CODE")
@click.option("--no-quote", is_flag=True, help="Do not ask the service for quotes; explain the estimates.")
@click.option(
    "--at",
    "days",
    multiple=True,
    type=InstantType(),
    help="What-if instant or day (UTC). Repeatable: the first is explained, the others are set beside it.",
)
@in_format("text", "json", "markdown")
@configured
@styled
def COMMAND(subject: str, no_quote: bool, days: tuple[datetime, ...], form: str, config: Config, style: Options) -> int:
    """Tell an address from a code, and explain it."""
    from reconciler.cli.frame import request
    from reconciler.errors import UsageError

    if "/" in subject:
        if form == "markdown":
            raise UsageError("an address is explained as text or json; markdown is for the codes of findings")
        return _address(
            subject, [request(config, at=at, quote=not no_quote) for at in dict.fromkeys(days or (None,))], form, style
        )
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


def _address(address: str, asked: Sequence[Request], form: str, style: Options) -> int:
    """Explain an address on the first day that was asked for, and set the other days and the law in force beside it."""
    import msgspec

    from reconciler import pipeline
    from reconciler.cli.output import say, tell
    from reconciler.cli.views import pretty
    from reconciler.views.beside import column
    from reconciler.views.explain_text import explanation_text
    from reconciler.views.explanation import explain

    customer = _customer(pipeline.read_desired(asked[0]), address)
    known = _known(asked[0], customer)
    explanation = explain(known, address)
    others = _others(asked)
    if others and explanation.complete:
        columns = [column(item, address) for item in (known, *(_known(other, customer) for other in others))]
        columns.sort(key=lambda item: (item.on, item.rulebook == known.rulebook.id))
        explanation = msgspec.structs.replace(explanation, beside=tuple(columns))
    say(pretty(explanation) if form == "json" else explanation_text(explanation, style))
    if not explanation.complete:
        tell(f"{customer.name}: incomplete: nothing is worked out for it")
    return 0 if explanation.complete else 7


def _others(asked: Sequence[Request]) -> list[Request]:
    """Return what stands beside the first request: the other days, and each day under the rulebook in force."""
    import msgspec

    from reconciler.cli.frame import rulebook_in_force
    from reconciler.rulebooks import rulebook_file

    config, law = asked[0].config, rulebook_in_force()
    if rulebook_file(law, config.root) == rulebook_file(config.rulebook, config.root):
        return list(asked[1:])
    in_force = msgspec.structs.replace(config, rulebook=law)
    return [*asked[1:], *(msgspec.structs.replace(item, config=in_force) for item in asked)]


def _known(asked: Request, customer: desired.Customer) -> Known:
    """Plan the whole customer, as its returns share one cap, and read what the plan was made from."""
    import msgspec

    from reconciler import pipeline
    from reconciler.cli.frame import provider_of
    from reconciler.cli.output import meaning
    from reconciler.cli.views import remembered
    from reconciler.errors import ProviderError
    from reconciler.model.inputs import Selection
    from reconciler.rulebooks import load_rulebook
    from reconciler.views.explanation import Known

    config = asked.config
    asked = msgspec.structs.replace(asked, selection=Selection(customers=frozenset({customer.name})))
    with provider_of(config) as provider:
        plan = pipeline.plan(asked, provider)
        held = provider.read([customer]).customers[customer.tenant_id]
        memory = remembered(config, provider, [customer])[customer.name]
    if plan.complete and held.digest != plan.customers[0].current:
        raise ProviderError(f"{customer.name} changed in Azure while it was read; run this again")
    rulebook = load_rulebook(config.rulebook, config.root)
    return Known(plan=plan, customer=customer, held=held, memory=memory, rulebook=rulebook, meaning=meaning)


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
