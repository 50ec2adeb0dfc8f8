"""What a plan is asked about each of many customers: read a group at a time, while the last one is planned.

A group is some customers as Azure holds them. Whoever takes the next one has dropped the last, so that memory is
bounded by a group, not by the estate. Customers come as they are read: one that has to wait holds up nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from itertools import islice

import msgspec

from reconciler.config import Config
from reconciler.errors import ProviderError
from reconciler.ledger import ledger_exists
from reconciler.model import current, desired
from reconciler.model.inputs import Memory
from reconciler.pipeline.asking import Request, due_in, instant, read_desired, require_known
from reconciler.pipeline.framing import alternatives, frame_of
from reconciler.pipeline.remembering import ledger_url, memories
from reconciler.planner.build import Question
from reconciler.providers import LiveProvider, Provider
from reconciler.rulebooks import load_rulebook

# As many are planned and asked for quotes together, while as many more as may be under way are read.
GROUP = 100


def question_of(request: Request, provider: Provider) -> Question:
    """Return what a plan is asked about everybody, before anything is read but the files.

    Errors: InvalidDocuments with every mistake; UsageError.
    """
    config = request.config
    state = read_desired(request)
    rulebook = load_rulebook(config.rulebook, config.root)
    require_known(request.selection, state)
    moment = instant(request, provider)
    return msgspec.structs.replace(
        frame_of(request, rulebook, moment),
        state=state,
        selection=due_in(state, request.selection, moment.day) if request.due else request.selection,
        alternatives=alternatives(rulebook, config) if isinstance(provider, LiveProvider) else (),
    )


def groups(question: Question, config: Config, provider: Provider) -> Iterator[list[Question]]:
    """Give what is asked about each customer of *question* alone, with what is held and remembered of it.

    What no service is asked for is one group: an estate file is read once.
    """
    wanted = {item.tenant_id: item for item in question.state.customers if question.selection.has_customer(item.name)}
    if not isinstance(provider, LiveProvider):
        held = provider.read(list(wanted.values())).customers
        yield [_alone(question, item, held[tenant_id], Memory()) for tenant_id, item in wanted.items()]
        return
    # A ledger that goes away in the middle must not look like one that never was: the rest would be forgotten.
    there = ledger_exists(ledger_url(config))
    with closing(provider.read_as_completed(wanted.values(), provider.now())) as reading:
        # No name for a group, which would hold it while the next one is read.
        read = iter(lambda: list(islice(reading, GROUP)), [])
        yield from map(partial(_remembered, question, partial(memories, config, there=there), provider, wanted), read)


def _remembered(
    question: Question,
    recall: Callable[[Sequence[current.Customer]], Mapping[str, Memory]],
    provider: LiveProvider,
    wanted: Mapping[str, desired.Customer],
    group: Sequence[current.Customer],
) -> list[Question]:
    """Return what is asked about each of a group, with what the ledger knows and how its support requests stand."""
    known = recall(group)
    return [
        _alone(question, customer, held, _asked_again(provider, customer, known[held.name]))
        for held in group
        for customer in (wanted[held.tenant_id],)
    ]


def _alone(question: Question, customer: desired.Customer, held: current.Customer, memory: Memory) -> Question:
    return msgspec.structs.replace(
        question,
        state=desired.State(customers=(customer,), digest=""),
        estate=msgspec.structs.replace(question.estate, customers={held.tenant_id: held}),
        memories={customer.name: memory},
    )


def _asked_again(provider: LiveProvider, customer: desired.Customer, memory: Memory) -> Memory:
    tickets = {ticket.name: ticket for ticket in memory.requests.values()}
    for name in tickets:
        # What cannot be looked at stands as it stood last: a plan does not end for that.
        with suppress(ProviderError):
            tickets[name] = provider.look_at_request(customer, name) or tickets[name]
    requests = {guid: tickets[ticket.name] for guid, ticket in memory.requests.items()}
    return msgspec.structs.replace(memory, requests=requests)
