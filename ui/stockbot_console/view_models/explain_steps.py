"""The steps of the explain view: each with its time, its facts and what it led to. Pure."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from msgspec import Struct

from stockbot.events.market import Quote
from stockbot.events.trading import Intent, Signal
from stockbot_console.answers import Failure
from stockbot_console.bookkeeper_answers import Entry, EntryLine
from stockbot_console.chain import Chain
from stockbot_console.engine_answers import Fill, Order, OrderDetail
from stockbot_console.guardian_answers import DecisionDetail, Verdict
from stockbot_console.view_models.durations import latency_text
from stockbot_console.view_models.makers import PEOPLE, maker_path, maker_text
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.numbers import money_text, price_text, quantity_text, signed_text
from stockbot_console.view_models.order_steps import TimelineStep, precise_clock, timeline
from stockbot_console.view_models.orders import LEVELS, broker_id_text, filled_text, order_title, state_word, terms_text
from stockbot_console.view_models.reasons import numbers_text, reason_text
from stockbot_console.view_models.signals import indicator_text, wish_text

Facts = tuple[tuple[str, str], ...]


class Step(Struct, frozen=True, kw_only=True):
    """`name` is the step's kind, `at` its time, UTC; `after` is the time since the step before.

    `findings` are checks as (word, level, sentence); `lines` the sides of a ledger entry.
    """

    name: str
    title: str
    at: datetime | None = None
    when: Moment | None = None
    clock: str = ""
    after: str = ""
    word: str = ""
    level: str = "idle"
    sentences: tuple[str, ...] = ()
    facts: Facts = ()
    findings: tuple[tuple[str, str, str], ...] = ()
    timeline: tuple[TimelineStep, ...] = ()
    lines: tuple[tuple[str, str, str], ...] = ()
    link: str = ""


def tick_steps(signal: Signal | None, zone: tzinfo) -> tuple[Step, ...]:
    """The quote that the signal was made from; without one, the price that it names."""
    if signal is None:
        return ()
    quote = next((one for one in signal.quotes if one.symbol == signal.symbol), None)
    if quote is None:
        facts: Facts = (("Price", price_text(signal.reference_price)),)
        return (_timed(Step(name="Tick", title=f"{signal.symbol} at {facts[0][1]}"), signal.reference_time, zone),)
    marks = ("STALE",) if quote.stale else ("DELAYED",) if quote.delayed else ()
    step = Step(
        name="Tick",
        title=f"{signal.symbol} at {price_text(quote.mark)}",
        word=marks[0] if marks else "",
        level="warning" if marks else "idle",
        facts=_quote_facts(quote, zone),
        link=f"/symbols/{signal.symbol}",
    )
    return (_timed(step, quote.receive_time, zone),)


def signal_steps(signal: Signal | None, made_at: datetime | None, zone: tzinfo) -> tuple[Step, ...]:
    if signal is None:
        return ()
    step = Step(
        name="Signal",
        title=_signal_title(signal),
        sentences=(signal.reason,),
        facts=(
            *((name.replace("_", " "), indicator_text(value)) for name, value in signal.indicators.items()),
            ("Price", price_text(signal.reference_price)),
            ("Terms", terms_text(signal.terms)),
            ("Valid until", precise_clock(signal.valid_until, zone)),
        ),
        link=maker_path(signal.strategy),
    )
    return (_timed(step, made_at, zone) if made_at else step,)


def decision_steps(chain: Chain, verdict: Verdict | None, zone: tzinfo, *, asked: bool) -> tuple[Step, ...]:
    """What risk said; where it has said nothing, that, if there was a signal to say something about."""
    if verdict is None:
        return (_undecided(chain),) if asked else ()
    approved = verdict.outcome == "approved"
    detail = chain.reasons.get(verdict.decision_id)
    step = Step(
        name="Risk",
        title="Risk approved it" if approved else "Risk said no",
        word="APPROVED" if approved else "DENIED",
        level="good" if approved else "bad",
        sentences=tuple(map(reason_text, verdict.reasons)),
        facts=(*_approved_facts(verdict, zone), *_input_facts(detail, verdict)),
        findings=_findings(detail),
    )
    return (_timed(step, verdict.decided_at, zone),)


def order_step(order: Order, detail: OrderDetail | None, zone: tzinfo) -> Step:
    step = Step(
        name="Order",
        title=order_title(order),
        word=state_word(order.state),
        level=LEVELS[order.state],
        sentences=(order.reason,) if order.reason else (),
        facts=(
            ("Terms", terms_text(order.terms)),
            ("Filled", filled_text(order)),
            ("Broker's id", broker_id_text(order)),
        ),
        timeline=timeline(detail, zone) if detail else (),
        link=f"/orders/{order.client_order_id}",
    )
    return _timed(step, order.created_at, zone)


def fill_step(fill: Fill, zone: tzinfo) -> Step:
    step = Step(
        name="Fill",
        title=f"{fill.side} {quantity_text(fill.quantity)} {fill.symbol} at {price_text(fill.price)}",
        facts=(
            ("Worth", money_text(fill.quantity * fill.price)),
            ("Fee", money_text(fill.fee)),
            ("Booked after", latency_text(fill.booked_at - fill.executed_at)),
            ("Execution", fill.execution_id),
        ),
    )
    return _timed(step, fill.executed_at, zone)


def entry_step(entry: Entry, zone: tzinfo) -> Step:
    step = Step(
        name="Ledger",
        title=entry.memo or entry.kind.replace("_", " ").capitalize(),
        lines=tuple(map(_line, entry.lines)),
        link="/portfolio",
    )
    return _timed(step, entry.booked_at, zone)


def missing_order(chain: Chain, verdict: Verdict | None, orders: Sequence[Order]) -> tuple[Step, ...]:
    """Why there is no order, where there is none."""
    if orders:
        return ()
    if verdict is not None and verdict.outcome == "denied":
        return (Step(name="Order", title="No order was made", sentences=("What risk denies is never sent.",)),)
    if isinstance(chain.orders, Failure):
        return (_unknown("Order", "Whether there is an order is not known", chain.orders),)
    if verdict is not None:
        return (Step(name="Order", title="No order yet", word="WAITING", level="waiting"),)
    return ()


def missing_entry(chain: Chain, fills: Sequence[Fill], entries: Sequence[Entry]) -> tuple[Step, ...]:
    """What is missing in the ledger, where something is filled and not booked."""
    if entries or not fills:
        return ()
    if isinstance(chain.entries, Failure):
        return (_unknown("Ledger", "Whether it is booked is not known", chain.entries),)
    return (Step(name="Ledger", title="Not booked yet", word="WAITING", level="waiting"),)


def _timed(step: Step, at: datetime, zone: tzinfo) -> Step:
    values = {name: getattr(step, name) for name in Step.__struct_fields__}
    return Step(**(values | {"at": at, "when": moment(at, zone), "clock": precise_clock(at, zone)}))


def _unknown(name: str, title: str, failure: Failure) -> Step:
    told = f"{failure.reason} {failure.remedy}".strip()
    return Step(name=name, title=title, word="UNKNOWN", level="warning", sentences=(told,))


def _undecided(chain: Chain) -> Step:
    if isinstance(chain.decisions, Failure):
        return _unknown("Risk", "What risk decided is not known", chain.decisions)
    return Step(name="Risk", title="Risk has not answered yet", word="WAITING", level="waiting")


def _signal_title(signal: Signal) -> str:
    """`trend wished to buy 10`, `A person wished to buy 10`, `A person wished to sell 10 to exit, for trend`."""
    who = maker_text(signal.strategy)
    wish = f"to {wish_text(signal)}" if signal.intent is not Intent.TARGET else f"for a {wish_text(signal)}"
    if signal.strategy in PEOPLE:
        return f"A person wished {wish}"
    return f"{who} wished {wish}" if not signal.flatten else f"A person wished {wish}, for {who}"


def _quote_facts(quote: Quote, zone: tzinfo) -> Facts:
    old = quote.receive_time - quote.source_time
    return (
        ("Bid", price_text(quote.bid)),
        ("Ask", price_text(quote.ask)),
        ("Last", price_text(quote.last)),
        ("Source", quote.provider),
        ("Made", f"{precise_clock(quote.source_time, zone)}, {latency_text(old)} before it came"),
    )


def _approved_facts(verdict: Verdict, zone: tzinfo) -> Facts:
    if verdict.outcome == "denied" or verdict.quantity is None:
        return ()
    return (
        ("Approved", f"{verdict.side} {quantity_text(verdict.quantity)}"),
        *((("Cash held", money_text(verdict.held)),) if verdict.held is not None else ()),
        *((("Good until", precise_clock(verdict.expires_at, zone)),) if verdict.expires_at else ()),
    )


def _input_facts(detail: DecisionDetail | None, verdict: Verdict) -> Facts:
    if detail is None:
        return ()
    quote = detail.inputs.quote
    price = (
        (("Price then", f"{price_text(quote.mark)}, {latency_text(verdict.decided_at - quote.receive_time)} old"),)
        if quote
        else ()
    )
    return (*((("Trading", detail.inputs.trading_state),) if detail.inputs.trading_state else ()), *price)


def _findings(detail: DecisionDetail | None) -> tuple[tuple[str, str, str], ...]:
    """Every check, those that failed first."""
    checks = sorted(detail.checks, key=lambda check: check.passed) if detail else ()
    return tuple(
        (
            "passes" if check.passed else "excused" if check.excused else "fails",
            "good" if check.passed else "waiting" if check.excused else "bad",
            f"{check.sentence.rstrip('.')} ({numbers_text(check.detail)})" if check.detail else check.sentence,
        )
        for check in checks
    )


def _line(line: EntryLine) -> tuple[str, str, str]:
    """The account with its symbol, the shares, the amount on its side: a loss is a debit of `realised`."""
    where = " \N{MIDDLE DOT} ".join(
        part for part in (line.ledger_account.replace("_", " "), line.symbol or "", line.strategy or "") if part
    )
    shares = f"{signed_text(line.quantity, places=4).rstrip('0').rstrip('.')} shares" if line.quantity else ""
    return where, shares, f"{money_text(abs(line.amount))} {'debit' if line.amount > 0 else 'credit'}"
