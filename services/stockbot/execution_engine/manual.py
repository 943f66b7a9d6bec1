"""A person's own orders: signals of the strategy `manual`, committed with the key that a person asked under."""

from functools import partial
from hashlib import sha256
from http import HTTPStatus

from sqlalchemy import Connection

from stockbot.errors import Conflict
from stockbot.events.identity import id_of
from stockbot.events.market import Quote
from stockbot.events.trading import Intent, Signal
from stockbot.execution_engine import watch_rows
from stockbot.execution_engine.answers import Accepted, ManualOrder
from stockbot.execution_engine.engine import Engine
from stockbot.execution_engine.signals import signal_of
from stockbot.execution_engine.watch_rows import Request
from stockbot.runtime.web.problems import Problem

MANUAL = "manual"


async def place(engine: Engine, asked: ManualOrder, who: str, key: str) -> Accepted:
    """Commit the signal, once for each key. Conflict where the key was used for something else."""
    digest = sha256(asked.model_dump_json().encode()).hexdigest()
    known = await engine.around.storage.read(partial(watch_rows.request, key=key))
    if known is not None:
        return _same(known, digest)
    signal = _signal(engine, asked, who)
    signal_id = id_of("signal", MANUAL, engine.settings.account, key)
    request = Request(key=key, digest=digest, signal_id=signal_id, correlationid=signal_id)
    return await engine.desk.run(partial(_commit, engine, request, signal, who))


def quote_of(engine: Engine, symbol: str) -> Quote:
    """The last quote; Problem 409 where there is none to make a signal from."""
    quote = engine.market.quotes.get(symbol)
    if quote is None:
        raise Problem(HTTPStatus.CONFLICT, f"there is no price of {symbol} yet: an order is made from one")
    return quote


def _signal(engine: Engine, asked: ManualOrder, who: str) -> Signal:
    try:
        return signal_of(
            account=engine.settings.account,
            strategy=MANUAL,
            quote=quote_of(engine, asked.symbol),
            side=asked.side,
            quantity=asked.quantity,
            intent=Intent.ENTER,
            terms=asked.terms(),
            reason=f"{who}: {asked.reason}",
            now=engine.around.clock.now(),
        )
    except ValueError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body: {error}") from error


def _commit(engine: Engine, request: Request, signal: Signal, who: str, connection: Connection) -> Accepted:
    """The key's row, the signal's event and the audit, in one transaction."""
    engine.desk.fence(connection)
    known = watch_rows.request(connection, request.key)
    if known is not None:
        return _same(known, request.digest)
    now = engine.around.clock.now()
    watch_rows.keep_request(connection, request, now)
    engine.publisher.tell_signal(connection, request.signal_id, signal, now, correlationid=request.correlationid)
    watch_rows.audit(connection, who, "order", request.signal_id, signal.reason, now)
    return Accepted(signal_id=request.signal_id, correlationid=request.correlationid)


def _same(known: Request, digest: str) -> Accepted:
    if known.digest != digest:
        raise Conflict(f"the Idempotency-Key {known.key} was used for another order: take a new one")
    return Accepted(signal_id=known.signal_id, correlationid=known.correlationid)
