"""Ask Microsoft Support about one reservation: by a request that is filed, or as text to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured

if TYPE_CHECKING:
    from reconciler.apply.inquiring import Question
    from reconciler.config import Config
    from reconciler.model import desired
    from reconciler.model.plan import Action
    from reconciler.model.support import SupportRequest
    from reconciler.pipeline import Subject
    from reconciler.providers import Provider


@click.command("support", help=__doc__)
@click.argument("address")
@click.option("--print", "printed", is_flag=True, help="File nothing; print what to paste into the portal's form.")
@click.option("--subject", help="What the question is about, in a few words.")
@click.option("--body", help="The question.")
@configured
def COMMAND(address: str, printed: bool, subject: str | None, body: str | None, config: Config) -> int:
    """Ask a question, or say how an action is asked for."""
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.output import say, tell
    from reconciler.reports.plain import plain
    from reconciler.views.packet import packet_text

    question, asked = _question(subject, body), request(config, quote=False)
    customer, entry = _entry(pipeline.read_desired(asked), address)
    with provider_of(config) as provider:
        held = provider.read([customer]).customers[customer.tenant_id]
        if not held.complete:
            tell(plain(f"{customer.name}: incomplete: {held.problem}; run it again later"))
            return 7
        about = pipeline.subject_of(asked, provider, customer, held, entry)
        if not printed:
            say(_filed(provider, about, question))
            return 0
    say(packet_text(_packet(about, question), config.azure.support.severity, about.customer.location.file))
    if question is None and about.action is not None:
        tell(_remark(about.action))
    return 0


def _entry(state: desired.State, address: str) -> tuple[desired.Customer, desired.Reservation]:
    from reconciler.documents import near
    from reconciler.errors import UsageError

    known = {item.address: (customer, item) for customer in state.customers for item in customer.reservations}
    if address not in known:
        raise UsageError(f"no file has a reservation with the address {address}{near(address, known)}")
    return known[address]


def _question(subject: str | None, body: str | None) -> Question | None:
    from reconciler.apply.inquiring import Question
    from reconciler.errors import UsageError

    if subject is None and body is None:
        return None
    if not (subject or "").strip() or not (body or "").strip():
        raise UsageError("a question needs both --subject TEXT and --body TEXT")
    return Question(subject=(subject or "").strip(), body=(body or "").strip())


def _filed(provider: Provider, about: Subject, question: Question | None) -> str:
    """File *question*, once; what an action wants is refused here."""
    from reconciler.apply.inquiring import inquiry
    from reconciler.cli.frame import live
    from reconciler.errors import Unsettled, UsageError

    customer, address = about.customer, about.entry.address
    if question is None:
        raise UsageError(_instead(about))
    if customer.frozen:
        raise UsageError(f"{customer.name} is frozen, so nothing is filed; --print gives the text to paste")
    if customer.contact is None:
        raise UsageError(f"a support request needs spec.contact: write it in {customer.location.file}")
    service = live(provider, "file a support request, but --print can be used with it")
    asked = inquiry(customer, about.held, question)
    before = service.look_at_request(customer, asked.name)
    if before is not None:
        return f"support request {before.id} asks that about {address} already; it is {before.status}"
    try:
        ticket = service.file_request(customer, asked)
    except Unsettled as error:
        text = f"support request {asked.name}: whether it was filed is not known; run the same again, it is filed once"
        raise Unsettled(text, error.code) from error
    return f"support request {ticket.id} was filed about {address}, under the name {ticket.name}"


def _instead(about: Subject) -> str:
    """Say what to do where there is no question to be filed."""
    address, action = about.entry.address, about.action
    asking = "for a plain question, give --subject TEXT and --body TEXT"
    if action is None:
        return f"{address}: nothing is to be returned or exchanged there; {asking}"
    if action.ticket is not None and not action.ticket.closed:
        return f"{address}: support request {action.ticket.id} asks for its {action.action} already; {asking}"
    return (
        f"{address}: the plan has the action {action.action} for it, which must be journaled and counted under the "
        f"cap: write channel: supportRequest in {about.customer.location.file}, then plan and apply; {asking}"
    )


def _packet(about: Subject, question: Question | None) -> SupportRequest:
    from reconciler.apply.inquiring import Question, inquiry
    from reconciler.apply.requesting import Asking, requested

    action, customer = about.action, about.customer
    if question is None and action is not None and action.money is not None:
        asking = Asking("", customer.tenant_id, str(about.on), customer.contact or {})
        return requested(action, action.money, asking)
    return inquiry(customer, about.held, question or Question(subject="Question", body="(write the question here)"))


def _remark(action: Action) -> str:
    """Warn of what pasting does not do."""
    # No quote was asked for, so what is consumed of the cap may well be known to a plan.
    codes = [code for code in action.blocked_by if code != "cap.unknown"]
    blocked = f"; the plan blocks it ({', '.join(codes)})" if codes else ""
    return (
        f"a request filed by hand is neither journaled nor counted under the cap until Microsoft counts it{blocked}; "
        "with channel: supportRequest, plan and apply file it"
    )
