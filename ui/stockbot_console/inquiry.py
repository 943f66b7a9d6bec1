"""Asks every service for what it knows of one chain. Used by the explain view.

A service that does not answer, or that the platform does not have, leaves its part unknown; the others are shown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from stockbot_console.answers import Failure, known
from stockbot_console.chain import Chain
from stockbot_console.engine_answers import Order, OrderDetail
from stockbot_console.guardian_answers import DecisionDetail, Verdict
from stockbot_console.journal import Journal
from stockbot_console.services import Services

MOST = 20  # orders, and decisions, that are asked about one by one

T = TypeVar("T")


def _absent(service: str) -> Failure:
    return Failure(reason=f"This platform has no {service}.", remedy="")


async def inquire(services: Services, journal: Journal, chain: str) -> Chain:
    """Ask all services at once, then for the details of each decision and order."""
    signals, decisions, orders, fills, entries = await asyncio.gather(
        _or_absent(services.orchestrator.signals_of(chain) if services.orchestrator else None, "Strategy Orchestrator"),
        _or_absent(services.guardian.decisions_of(chain) if services.guardian else None, "Risk Guardian"),
        _or_absent(services.engine.orders_of(chain) if services.engine else None, "Execution Engine"),
        _or_absent(services.engine.fills_of(chain) if services.engine else None, "Execution Engine"),
        _or_absent(services.bookkeeper.entries_of(chain) if services.bookkeeper else None, "Portfolio Manager"),
    )
    decided = tuple(one for one in journal.verdicts.values() if one.correlationid == chain)
    seen = tuple(one for one in journal.signals.values() if one.correlationid == chain)
    details, reasons = await asyncio.gather(_details(services, known(orders)), _reasons(services, known(decisions)))
    return Chain(
        signals=_with(signals, seen, lambda one: one.id),
        decisions=_with(decisions, decided, lambda one: one.signal_id),
        orders=orders,
        fills=fills,
        entries=entries,
        details=details,
        reasons=reasons,
    )


async def _or_absent(question: Awaitable[T | Failure] | None, service: str) -> T | Failure:
    return await question if question is not None else _absent(service)


def _with(answer: tuple[T, ...] | Failure, seen: tuple[T, ...], key: Callable[[T], str]) -> tuple[T, ...] | Failure:
    """What was answered, and what the bus alone has told of so far."""
    answered = {key(one) for one in known(answer)}
    more = tuple(one for one in seen if key(one) not in answered)
    return (*known(answer), *more) if more or not isinstance(answer, Failure) else answer


async def _details(services: Services, orders: Sequence[Order]) -> dict[str, OrderDetail]:
    if services.engine is None:
        return {}
    answers = await asyncio.gather(*(services.engine.order(one.client_order_id) for one in orders[:MOST]))
    return {one.order.client_order_id: one for one in answers if not isinstance(one, Failure)}


async def _reasons(services: Services, decisions: Sequence[Verdict]) -> dict[str, DecisionDetail]:
    if services.guardian is None:
        return {}
    asked = [one.decision_id for one in decisions[:MOST] if one.decision_id]
    answers = await asyncio.gather(*(services.guardian.decision(decision_id) for decision_id in asked))
    return {one.decision.decision_id: one for one in answers if not isinstance(one, Failure)}
