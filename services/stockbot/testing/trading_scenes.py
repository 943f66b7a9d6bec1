"""Strategies with their signals, and risk with its limits and decisions: an ordinary day, for tests of who shows it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from stockbot.events.trading import Intent, Reason, Side, Signal
from stockbot.testing.samples import SIGNAL

DENIED = (
    Reason(code="NOTIONAL_EXCEEDS_FREE_CASH", detail="needed=37518.20 free=12480.55"),
    Reason(code="POSITION_EXCEEDS_MAX_WEIGHT", detail="value=37518.20 limit=24996.14 equity=99984.55"),
)


def strategy(name: str = "trend", **changes: Any) -> dict[str, Any]:
    running = {
        "id": name,
        "class": "MovingAverageCross",
        "version": "1",
        "symbols": ["AAPL", "MSFT"],
        "interval": "1m",
        "sessions": "Regular",
        "sizing": {"fixedQuantity": "10"},
        "parameters": {"fast": 10, "slow": 30, "average": "exponential"},
        "enabled": True,
        "desired": "running",
        "changed_by": None,
        "changed_at": None,
        "changed_because": None,
        "state": "RUNNING",
        "reason": "its history is known",
        "since": "2026-03-02T14:40:00Z",
        "shards": [],
        "last_signal": None,
    }
    return running | changes


def signal(signal_id: str, at: datetime, **changes: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"reference_time": at, "valid_until": at + timedelta(minutes=2), "quotes": ()}
    told = {name: getattr(SIGNAL, name) for name in SIGNAL.__struct_fields__} | facts | changes
    return {
        "id": signal_id,
        "made_at": at,
        "correlationid": f"chain-{signal_id}",
        "causationid": f"tick-{signal_id}",
        "signal": Signal(**told),
        "answer": None,
        "answer_reason": None,
    }


def decision(number: int, about: dict[str, Any], *reasons: Reason) -> dict[str, Any]:
    """Risk's decision about a signal, a second later: a denial where there is any reason."""
    asked: Signal = about["signal"]
    approved = {"side": asked.side or Side.BUY, "quantity": asked.quantity or asked.target, "held": "1880.00"}
    return {
        "number": number,
        "decision_id": f"decision-{about['id']}",
        "signal_id": about["id"],
        "correlationid": about["correlationid"],
        "outcome": "denied" if reasons else "approved",
        "strategy": asked.strategy,
        "account": asked.account,
        "symbol": asked.symbol,
        "reasons": reasons,
        "decided_at": about["made_at"] + timedelta(seconds=1),
        "expires_at": None,
        **(dict.fromkeys(approved) if reasons else approved),
    }


def signals(now: datetime) -> list[dict[str, Any]]:
    """Six signals of three strategies, the newest first."""
    minute = timedelta(minutes=1)
    return [
        signal("s6", now - minute / 4, symbol="MSFT", reference_price=Decimal("415.28")),
        signal("s5", now - 3 * minute, strategy="reversion", symbol="NVDA", intent=Intent.TARGET, side=None,
               quantity=None, target=Decimal(40), reference_price=Decimal("875.28"),
               reason="the RSI fell to 24.8, below 30: the price is expected to come back",
               indicators={"rsi": 24.8, "oversold": 30.0}),
        signal("s4", now - 9 * minute, intent=Intent.EXIT, side=Side.SELL,
               reason="the fast average crossed below the slow one", indicators={"fast": 187.31, "slow": 187.44}),
        signal("s3", now - 22 * minute, strategy="breakout", symbol="TSLA", reference_price=Decimal("175.34"),
               reason="the close rose above the highest high of 20 bars",
               indicators={"highest_high": 175.12, "lowest_low": 171.87}),
        signal("s2", now - 41 * minute),
        signal("s1", now - 75 * minute, intent=Intent.TARGET, side=None, quantity=None, target=Decimal(0)),
    ]  # fmt: skip


def decisions(now: datetime) -> list[dict[str, Any]]:
    """About all of these signals but the newest, the newest first."""
    made = signals(now)
    return [decision(9, made[1], *DENIED), *(decision(8 - place, one) for place, one in enumerate(made[2:]))]


def limit(
    name: str, setting: str, used: str | None = None, allowed: str | None = None, **changes: Any
) -> dict[str, Any]:
    return {"account": "paper", "limit": name, "setting": setting, "used": used, "allowed": allowed} | changes


def limits() -> list[dict[str, Any]]:
    """Every limit of the document, some nearly used up and one of them wholly."""
    return [
        limit("max_order_notional", "25000"),
        limit("max_position_notional", "50000", "21480.55", "50000", subject="NVDA"),
        limit("max_position_weight", "0.25", "21480.55", "24996.14", subject="NVDA"),
        limit("max_gross_exposure", "1.0", "61204.10", "99984.55"),
        limit("max_net_exposure", "1.0", "61204.10", "99984.55"),
        limit("max_group_weight", "0.5", "0", "49992.27"),
        limit("max_open_orders", "50", "3", "50"),
        limit("max_orders_per_minute", "60", "4", "60"),
        limit("max_orders_per_minute_per_strategy", "20", "3", "20", subject="trend"),
        limit("price_band", "0.05"),
        limit("max_share_of_average_volume", "0.01"),
        limit("allow_short", "false"),
        limit("max_daily_loss", "0.02", "412.30", "2000.00"),
        limit("on_daily_loss", "Reducing"),
        limit("resume_at_open", "false"),
        limit("max_drawdown", "0.10", "1804.11", "10204.40"),
        limit("max_strategy_loss", "0.01", "1012.40", "1000.00", subject="breakout"),
        limit("max_consecutive_losses", "5", "2", "5", subject="breakout"),
        limit("cooldown_minutes", "60"),
        limit("stale_after_seconds", "30"),
    ]


def exposure(account: str = "paper") -> dict[str, Any]:
    money = {"cash": "38780.45", "free_cash": "12480.55", "held": "26299.90", "equity": "99984.55"}
    return {"account": account, "gross": "61204.10", "net": "61204.10", **money}


def judgement(
    code: str, *, passed: bool = True, excused: bool = False, detail: str = "", sentence: str = ""
) -> dict[str, Any]:
    words = sentence or "All is as it has to be."
    return {"code": code, "kind": "limit", "passed": passed, "excused": excused, "detail": detail, "sentence": words}
