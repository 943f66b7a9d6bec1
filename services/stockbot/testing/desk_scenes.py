"""Orders with their fills, books and alerts: what followed from the signals of trading_scenes. For tests.

The strategies of that day, seen from the other end: the second signal was filled in two parts, the third is working,
the fourth sold, and the fifth was denied.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from stockbot.events.trading import Approval, OrderTerms, OrderType, Side, Signal
from stockbot.testing.scenes import quote
from stockbot.testing.trading_scenes import signals

MILLISECOND = timedelta(milliseconds=1)
LIMIT = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal("189.32"))


def signals_with_quotes(now: datetime) -> list[dict[str, Any]]:
    """The signals of the day, each with the quote that it was made from."""
    return [one | {"signal": _with_quote(one["signal"], one["made_at"])} for one in signals(now)]


def _with_quote(made: Signal, at: datetime) -> Signal:
    seen = at - 24 * MILLISECOND
    last = quote(made.symbol, made.reference_price, seen - 180 * MILLISECOND, receive_time=seen)
    return msgspec.structs.replace(made, quotes=(last,))


def order(number: int, signal: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The order of a signal, filled a second after risk had approved it."""
    asked: Signal = signal["signal"]
    created = signal["made_at"] + timedelta(seconds=1, milliseconds=6)
    quantity = str(asked.quantity or asked.target or "10")
    made = {
        "number": number,
        "client_order_id": f"order-{number:032x}",
        "broker_order_id": f"paper-{7000 + number}",
        "account": "paper",
        "strategy": asked.strategy,
        "symbol": asked.symbol,
        "side": asked.side or Side.BUY,
        "state": "FILLED",
        "quantity": quantity,
        "filled_quantity": quantity,
        "average_price": str(asked.reference_price),
        "terms": msgspec.to_builtins(LIMIT) | {"limit_price": str(asked.reference_price + Decimal("1.87"))},
        "leg": 0,
        "revision": 0,
        "signal_id": signal["id"],
        "decision_id": f"decision-{signal['id']}",
        "correlationid": signal["correlationid"],
        "reason": "",
        "created_at": created,
        "updated_at": created + 340 * MILLISECOND,
        "is_open": False,
    }
    return made | changes


def orders(now: datetime) -> list[dict[str, Any]]:
    """Seven orders, the newest first: working, in part filled, waiting to be canceled, filled, refused, gone by."""
    made = signals(now)
    working = {"is_open": True, "state": "ACCEPTED", "filled_quantity": "0", "average_price": None}
    return [
        order(7, made[0], **working),
        order(6, made[3], state="PARTIALLY_FILLED", filled_quantity="4", average_price="175.31", is_open=True),
        order(5, made[2]),
        order(4, made[4], side="sell", strategy="manual", symbol="KO", reason="cut the loser", signal_id="manual-ko",
              correlationid="chain-manual", decision_id="decision-manual-ko",
              state="PENDING_CANCEL", filled_quantity="0", average_price=None, is_open=True),
        order(3, made[4], average_price="187.46"),
        order(2, made[5], state="REJECTED", filled_quantity="0", average_price=None, broker_order_id=None,
              reason="not enough shares to sell"),
        order(1, made[5], state="EXPIRED", filled_quantity="0", average_price=None, symbol="JPM",
              reason="the approval was 10 s old before it could be sent"),
    ]  # fmt: skip


def execution(number: int, of: dict[str, Any], quantity: str, price: str, after: timedelta) -> dict[str, Any]:
    at = of["created_at"] + after
    same = ("client_order_id", "account", "strategy", "symbol", "side", "signal_id", "decision_id", "correlationid")
    return {
        "number": number,
        "execution_id": f"fill-{number}",
        "quantity": quantity,
        "price": price,
        "fee": "0.35",
        "executed_at": at,
        "booked_at": at + 4 * MILLISECOND,
    } | {name: of[name] for name in same}


def executions(now: datetime) -> list[dict[str, Any]]:
    """The fills of the orders that have any, the newest first."""
    known = {one["number"]: one for one in orders(now)}
    return [
        execution(4, known[6], "4", "175.31", 410 * MILLISECOND),
        execution(3, known[5], "10", "187.45", 290 * MILLISECOND),
        execution(2, known[3], "6", "187.47", 330 * MILLISECOND),
        execution(1, known[3], "4", "187.44", 120 * MILLISECOND),
    ]


def detail(of: dict[str, Any], signal: Signal) -> dict[str, Any]:
    """The history of an order and the approval that it was made from."""
    start = of["created_at"]
    states = [("INTENT", "engine", 0, "0"), ("SENT", "engine", 3, "0"), ("ACCEPTED", "broker", 41, "0")]
    if of["state"] == "FILLED":
        states += [("PARTIALLY_FILLED", "broker", 124, "4"), ("FILLED", "broker", 334, of["quantity"])]
    elif of["state"] != "ACCEPTED":
        states += [(of["state"], "broker", 410, of["filled_quantity"])]
    approval = Approval(
        decision_id=of["decision_id"],
        signal_id=of["signal_id"],
        signal=signal,
        side=Side(of["side"]),
        quantity=Decimal(of["quantity"]),
        terms=LIMIT,
        held=Decimal("1893.20"),
        expires_at=start + timedelta(seconds=10),
    )
    return {
        "timeline": [
            {"at": start + after * MILLISECOND, "state": state, "filled_quantity": filled, "reason": "", "source": who}
            for state, who, after, filled in states
        ],
        "approval": approval,
    }


def details(now: datetime) -> dict[str, dict[str, Any]]:
    asked = {one["id"]: one["signal"] for one in signals_with_quotes(now)}
    return {
        one["client_order_id"]: detail(one, asked[one["signal_id"]]) for one in orders(now) if one["signal_id"] in asked
    }


def reconciliation(now: datetime, *drifts: dict[str, Any], mode: str = "paper") -> dict[str, Any]:
    account = {
        "account": "paper",
        "broker": "paper" if mode == "paper" else "alpaca",
        "broker_account_id": "PA3XK91",
        "mode": mode,
        "settles": False,
        "currency": "USD",
    }
    return {
        "state": "reconciled",
        "reason": "",
        "last_at": now - timedelta(seconds=21),
        "account": account,
        "drifts": list(drifts),
    }


def drift(now: datetime) -> dict[str, Any]:
    """One position of which the broker has more."""
    since = now - timedelta(minutes=2)
    return {"kind": "position", "subject": "KO", "ours": "120", "brokers": "121", "since": since}


def account(now: datetime, **changes: Any) -> dict[str, Any]:
    made = {
        "account": "paper",
        "broker": "paper",
        "mode": "paper",
        "currency": "USD",
        "cash": "38780.45",
        "settled_cash": None,
        "unsettled_cash": "0",
        "positions_value": "61204.10",
        "equity": "99984.55",
        "net_deposits": "98000.00",
        "realised": "1204.36",
        "unrealised": "780.19",
        "fees": "41.65",
        "day_profit": "-412.30",
        "day_start_equity": "100396.85",
        "drawdown": "0.0204",
        "version": 41,
        "through_sequence": 118,
        "as_of": now,
    }
    return made | changes


def position(symbol: str, quantity: str, average: str, mark: str, now: datetime, **changes: Any) -> dict[str, Any]:
    shares, price, cost = Decimal(quantity), Decimal(mark), Decimal(average)
    made = {
        "account": "paper",
        "strategy": None,
        "symbol": symbol,
        "quantity": quantity,
        "average_price": average,
        "mark": mark,
        "marked_at": now - timedelta(seconds=2),
        "value": str(shares * price),
        "unrealised": str((price - cost) * shares),
        "realised": "0",
        "fees": "1.05",
    }
    return made | changes


def positions(now: datetime) -> list[dict[str, Any]]:
    """Five positions of the account, one of them short, and who holds what of the first."""
    return [
        position("AAPL", "110", "184.1205", "187.45", now, realised="312.40"),
        position("KO", "120", "60.4110", "59.82", now),
        position("MSFT", "40", "409.35", "415.28", now, realised="-88.10"),
        position("NVDA", "25", "859.2275", "875.28", now),
        position("TSLA", "-18", "176.90", "175.34", now),
        position("AAPL", "80", "183.9021", "187.45", now, strategy="trend", realised="312.40"),
        position("AAPL", "30", "184.7029", "187.45", now, strategy="manual"),
        position("TSLA", "-18", "176.90", "175.34", now, strategy="breakout"),
    ]


def trades(now: datetime) -> list[dict[str, Any]]:
    """Trades that were closed today and before, the newest first."""
    table = [
        ("AAPL", "trend", "long", "10", "186.12", "187.45", "12.60", 9),
        ("MSFT", "trend", "long", "15", "417.80", "414.22", "-54.40", 61),
        ("NVDA", "reversion", "long", "5", "861.04", "877.90", "83.60", 133),
        ("TSLA", "breakout", "short", "20", "178.15", "176.02", "41.90", 1480),
        ("KO", "manual", "long", "100", "59.80", "59.80", "-0.70", 2970),
    ]
    return [
        {
            "number": len(table) - place,
            "account": "paper",
            "strategy": strategy,
            "symbol": symbol,
            "direction": direction,
            "quantity": quantity,
            "entry_price": entry,
            "exit_price": leaving,
            "opened_at": now - timedelta(minutes=minutes + 47),
            "closed_at": now - timedelta(minutes=minutes),
            "profit": profit,
            "fees": "0.70",
            "return_fraction": str(round(Decimal(profit) / (Decimal(entry) * Decimal(quantity)), 6)),
            "signal_ids": ["s2", "s4"],
            "correlationid": f"chain-s{place + 2}",
            "closing_correlationid": "chain-s4",
        }
        for place, (symbol, strategy, direction, quantity, entry, leaving, profit, minutes) in enumerate(table)
    ]


def entry(number: int, fill: dict[str, Any]) -> dict[str, Any]:
    """The ledger entry of a fill: shares for cash, and the fee."""
    worth, fee = Decimal(fill["quantity"]) * Decimal(fill["price"]), Decimal(fill["fee"])
    whose = {"symbol": fill["symbol"], "strategy": fill["strategy"]}
    return {
        "number": number,
        "entry_id": f"entry-{number}",
        "kind": "fill",
        "account": "paper",
        "at": fill["executed_at"],
        "booked_at": fill["booked_at"] + 11 * MILLISECOND,
        "memo": f"{fill['side']} {fill['quantity']} {fill['symbol']} at {fill['price']}",
        "correlationid": fill["correlationid"],
        "lines": [
            {"ledger_account": "positions", **whose, "amount": str(worth), "quantity": fill["quantity"]},
            {"ledger_account": "fees", **whose, "amount": str(fee), "quantity": None},
            {"ledger_account": "cash", "symbol": None, "strategy": None, "amount": str(-worth - fee), "quantity": None},
        ],
    }


def entries(now: datetime) -> list[dict[str, Any]]:
    return [entry(one["number"] + 1, one) for one in executions(now)]


def equity(now: datetime, minutes: int = 390) -> dict[str, Any]:
    """A curve of a point a minute with a close and a deposit in it."""
    walk, amount, deposits = Random("equity"), 96_600.0, 95_000  # noqa: S311 - a test's curve
    points = []
    for minute in range(minutes):
        amount += walk.gauss(1.1, 28)
        if minute == minutes // 2:
            amount, deposits = amount + 3000, deposits + 3000
        points.append(
            {
                "at": now - timedelta(minutes=minutes - minute),
                "equity": f"{amount:.2f}",
                "cash": "38780.45",
                "net_deposits": f"{deposits}.00",
                "drawdown": "0.01",
                "kind": "close" if minute == minutes // 4 else "sample",
            }
        )
    return {"account": "paper", "currency": "USD", "points": points, "now": {"equity": "99984.55", "at": now}}


def performance() -> dict[str, Any]:
    table = [
        ("total_return", "0.0202", "fraction", "The account grew by 2.02 % on what was paid in."),
        ("annual_return", "0.1437", "fraction", "At this pace a year would bring 14.37 %."),
        ("volatility", "0.1121", "fraction", "Daily returns vary by 11.21 % a year."),
        ("sharpe_ratio", "1.28", "ratio", "Return above zero for each unit of volatility."),
        ("sortino_ratio", "1.91", "ratio", "As the Sharpe ratio, but only falls count as risk."),
        ("max_drawdown", "-0.0413", "fraction", "The deepest fall from a peak was 4.13 %."),
        ("longest_drawdown", "12", "days", "The longest time below a peak was 12 days."),
        ("trades", "48", "count", "Closed trades, entry matched to exit."),
        ("win_rate", "0.5417", "fraction", "26 of 48 trades made a profit."),
        ("profit_factor", "1.46", "ratio", "Winners made 1.46 times what losers lost."),
        ("average_trade", "25.09", "money", "A trade brings so much on average, after fees."),
        ("calmar_ratio", None, "ratio", "Needs a year of samples."),
    ]
    months = {"2025-10": "0.0121", "2025-11": "-0.0214", "2025-12": "0.0310", "2026-01": "0.0064", "2026-02": "-0.0008"}
    return {
        "account": "paper",
        "samples": 104,
        "statistics": {
            name: {"value": value, "unit": unit, "sentence": sentence} for name, value, unit, sentence in table
        },
        "monthly": [{"month": month, "return_fraction": value} for month, value in (months | {"2026-03": "0"}).items()],
        "daily": [{"date": "2026-03-02", "return_fraction": "-0.0041"}],
        "benchmark": None,
    }


def alert(number: int, severity: str, title: str, at: datetime, **changes: Any) -> dict[str, Any]:
    made = {
        "number": number,
        "alert_id": f"alert-{number}",
        "fingerprint": f"matter-{number}",
        "severity": severity,
        "title": title,
        "detail": "",
        "source": "market-data-gateway/0",
        "labels": {},
        "state": "open",
        "count": 1,
        "first_at": at,
        "last_at": at,
        "acknowledged_by": None,
        "acknowledged_at": None,
        "resolved_at": None,
        "silenced_until": None,
        "escalated_at": None,
        "deliveries": [],
    }
    return made | changes


def delivery(channel: str, state: str, at: datetime, **changes: Any) -> dict[str, Any]:
    return {"channel": channel, "state": state, "attempts": 1, "at": at, "reason": None} | changes


def alerts(now: datetime) -> list[dict[str, Any]]:
    minute = timedelta(minutes=1)
    told = [delivery("operators", "delivered", now - 3 * minute)]
    failed = delivery("night-mail", "failed", now - 2 * minute, attempts=4, reason="the mail server does not answer")
    return [
        alert(5, "critical", "The loss of the session is above its limit", now - 4 * minute,
              detail="The account lost 2,012.40 of 2,000.00 allowed. Only reductions may trade until the next session.",
              source="risk-guardian/0", labels={"limit": "max_daily_loss", "account": "paper"},
              fingerprint="max_daily_loss/paper", deliveries=[*told, failed], escalated_at=now - minute),
        alert(4, "warning", "3 of 21 prices are stale", now - 6 * minute, last_at=now - minute / 6, count=14,
              detail="AVGO, COST and LLY have not changed for 30 s.", labels={"provider": "yahoo"}, deliveries=told),
        alert(3, "info", "Configuration of risk-guardian was changed", now - 31 * minute, source="risk-guardian/0"),
        alert(2, "warning", "The position of KO differs from the broker's", now - 55 * minute, state="acknowledged",
              source="execution-engine/0", acknowledged_by="ada", acknowledged_at=now - 40 * minute, deliveries=told),
        alert(1, "critical", "The broker does not answer", now - 190 * minute, state="resolved", count=3,
              source="execution-engine/0", resolved_at=now - 181 * minute, deliveries=told),
    ]  # fmt: skip


def channels(now: datetime) -> list[dict[str, Any]]:
    quiet = {"last_delivery_at": None, "last_error": None, "pending": 0, "muted_until": None}
    return [
        quiet | {"name": "operators", "kind": "slack", "last_delivery_at": now - timedelta(minutes=3)},
        quiet | {"name": "night-mail", "kind": "mailto", "last_error": "the mail server does not answer", "pending": 2},
    ]


def silence(now: datetime) -> dict[str, Any]:
    return {
        "silence_id": "silence-1",
        "matchers": {"service": "market-data-gateway", "severity": "info"},
        "until": now + timedelta(minutes=40),
        "created_by": "root",
        "created_at": now - timedelta(minutes=20),
        "reason": "the provider is being changed",
        "active": True,
    }


def watched(now: datetime) -> list[dict[str, Any]]:
    well = {"type": "", "url": "http://127.0.0.1:3001", "ready": True, "alive": True, "reason": None}
    long_ago, lately = now - timedelta(hours=6), now - timedelta(minutes=2)
    return [
        well | {"name": "market-data-gateway", "since": long_ago},
        well | {"name": "risk-guardian", "since": long_ago},
        well | {"name": "execution-engine", "ready": False, "since": lately, "reason": "broker: it does not answer"},
        well | {"name": "portfolio-manager", "since": long_ago},
    ]
