"""The end of an apply: what was done, what really moved, and what is to be done now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from reconciler.model.receipt import Outcome, Receipt, Result
from reconciler.reports.page import Page, Row
from reconciler.reports.report import Options
from reconciler.reports.wording import instant, sums

_STYLES = {
    Result.DONE: "green",
    Result.PENDING: "yellow",
    Result.REFUSED: "red",
    Result.NOT_TRIED: "yellow",
    Result.UNKNOWN: "bad",
}
_TO_DO = {
    Result.PENDING: "nothing now; once Microsoft has decided, reconciler resume books it",
    Result.REFUSED: "nothing was changed; remove the cause, then plan and apply again",
    Result.NOT_TRIED: "nothing was sent; plan and apply again once it can be done",
    Result.UNKNOWN: "it may have been done: do not repeat it, run reconciler resume",
}
_WIDEST_RESULT = max(len(result) for result in Result)


def receipt_text(receipt: Receipt, options: Options) -> str:
    """Return every outcome as lines, the money that really moved first."""
    page = Page(options)
    page.say(_headline(receipt), style="bold")
    did = f"Applied plan {receipt.plan_id}" if receipt.plan_id else "Looked at what was left open"
    page.say(f"{did} at {instant(receipt.at)}, run {receipt.run_id}.")
    for outcome in receipt.outcomes:
        _outcome(page, outcome, options)
    page.blank()
    page.say(_counts(receipt), style="bold")
    if any(outcome.result is Result.UNKNOWN for outcome in receipt.outcomes):
        page.say("It is not known how everything ended. Before anything else, run:")
        page.verbatim("reconciler resume", indent=2)
    return str(page)


def receipt_json(receipt: Receipt) -> str:
    """Return the receipt as JSON, indented by 2, with a final newline."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=2).decode() + "\n"


def _headline(receipt: Receipt) -> str:
    done = [outcome for outcome in receipt.outcomes if outcome.result is Result.DONE]
    returns = [outcome for outcome in done if outcome.net_payable is None]
    refunds = sums(outcome.refund for outcome in returns if outcome.refund)
    fees = sums(outcome.fee for outcome in returns if outcome.fee and outcome.fee.amount)
    payable = sums(outcome.net_payable for outcome in done if outcome.net_payable)
    parts = []
    if refunds:
        parts += [f"refunded {refunds}", f"fee {fees}" if fees else "no fee"]
    if payable:
        parts.append(f"exchanges: net payable {payable}")
    sentence = "; ".join(parts) or "no money moved"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _outcome(page: Page, outcome: Outcome, options: Options) -> None:
    page.blank()
    word = outcome.result.replace("-", " ")
    title = f"{word:{_WIDEST_RESULT}}  {outcome.action} {outcome.address}"
    page.say(title, indent=2, style=_STYLES[outcome.result], hang=_WIDEST_RESULT + 2)
    page.grid(list(_facts(outcome, options.verbose)), indent=_WIDEST_RESULT + 4)


def _facts(outcome: Outcome, verbose: bool) -> Iterator[Row]:
    if outcome.message or outcome.code:
        code = f"[{outcome.code}]" if outcome.code else ""
        yield Row("because", f"{outcome.message} {code}".strip())
    if outcome.result is Result.REFUSED and outcome.action == "access":
        yield Row("to do", "remove the cause, then plan and apply again: what is missing is asked for again")
    elif outcome.result in _TO_DO:
        yield Row("to do", _TO_DO[outcome.result])
    if outcome.result is Result.DONE:
        if outcome.net_payable is not None and outcome.refund is not None:
            yield Row("credit", "", outcome.refund)
            yield Row("net payable", "", outcome.net_payable)
        elif outcome.refund is not None:
            yield Row("fee", "", outcome.fee)
            yield Row("refund", "", outcome.refund)
    for number, bought in enumerate(outcome.purchased):
        yield Row("" if number else "bought", bought)
    for number, successor in enumerate(outcome.successors):
        yield Row("" if number else "replaced by", successor)
    if verbose and outcome.effect_id:
        yield Row("effect", outcome.effect_id)


def _counts(receipt: Receipt) -> str:
    counts = Counter(outcome.result for outcome in receipt.outcomes)
    parts = [f"{counts[result]} {result.replace('-', ' ')}" for result in Result if counts[result]]
    return f"{'Apply' if receipt.plan_id else 'Resume'}: {', '.join(parts) or 'nothing was to be done'}."
