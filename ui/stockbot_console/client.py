"""What the console asks each service: one method for each question. Used by the watch and by the pages."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import SecretStr

from stockbot.events.market import Bar, ExchangeSessions, Quote
from stockbot_console.answers import Failure, Listing, Provider
from stockbot_console.api import Api, segment
from stockbot_console.guardian_answers import (
    CheckAnswer,
    DecisionDetail,
    Exposure,
    LimitUse,
    PastChange,
    TradingState,
    TradingStatus,
    Verdict,
)
from stockbot_console.letters import LetterKeeper
from stockbot_console.orchestrator_answers import SignalEntry, Strategy, StrategyDetail

LISTED = 100  # of signals, decisions and changes: as many as a page shows


class Gateway(Api):
    name = "gateway"

    async def quotes(self) -> tuple[Quote, ...] | Failure:
        return await self._items("/api/v1/quotes", Quote)

    async def providers(self) -> tuple[Provider, ...] | Failure:
        return await self._items("/api/v1/providers", Provider)

    async def listings(self) -> tuple[Listing, ...] | Failure:
        return await self._items("/api/v1/symbols", Listing)

    async def exchanges(self) -> tuple[ExchangeSessions, ...] | Failure:
        return await self._items("/api/v1/session", ExchangeSessions)

    async def bars(self, symbol: str, interval: str, start: datetime, end: datetime) -> tuple[Bar, ...] | Failure:
        """Ask for the bars that start in [start, end), UTC; oldest first."""
        span = {"interval": interval, "start": start.isoformat(), "end": end.isoformat()}
        return await self._items(f"/api/v1/bars/{segment(symbol)}", Bar, span)


class Orchestrator(LetterKeeper):
    name = "Strategy Orchestrator"

    async def strategies(self) -> tuple[Strategy, ...] | Failure:
        return await self._items("/api/v1/strategies", Strategy)

    async def strategy(self, strategy: str) -> StrategyDetail | Failure:
        return await self._get(f"/api/v1/strategies/{segment(strategy)}", StrategyDetail)

    async def signals_of(self, chain: str) -> tuple[SignalEntry, ...] | Failure:
        """The signals that one tick or one person led to."""
        return await self._items("/api/v1/signals", SignalEntry, {"correlationid": chain})

    async def last_signals(self, strategy: str | None = None) -> tuple[SignalEntry, ...] | Failure:
        """The newest signals, of one strategy or of all."""
        return await self._first("/api/v1/signals", SignalEntry, _of(strategy))

    async def ask(self, strategy: str, step: str, reason: str, token: SecretStr) -> Strategy | Failure:
        """Ask a strategy to start, pause or stop, as the person whose token this is."""
        path = f"/api/v1/strategies/{segment(strategy)}/{segment(step)}"
        return await self._send("POST", path, {"reason": reason}, Strategy, token)


class Guardian(LetterKeeper):
    name = "Risk Guardian"

    async def status(self) -> TradingStatus | Failure:
        return await self._get("/api/v1/trading-state", TradingStatus)

    async def history(self) -> tuple[PastChange, ...] | Failure:
        """The last changes of the trading state, the newest first."""
        return await self._first("/api/v1/trading-state/history", PastChange, {"limit": f"{LISTED}"})

    async def limits(self) -> tuple[LimitUse, ...] | Failure:
        return await self._items("/api/v1/limits", LimitUse)

    async def exposures(self) -> tuple[Exposure, ...] | Failure:
        return await self._items("/api/v1/exposure", Exposure)

    async def last_decisions(self, strategy: str | None = None) -> tuple[Verdict, ...] | Failure:
        """The newest decisions, about the signals of one strategy or of all."""
        return await self._first("/api/v1/decisions", Verdict, _of(strategy))

    async def decisions_of(self, chain: str) -> tuple[Verdict, ...] | Failure:
        return await self._items("/api/v1/decisions", Verdict, {"correlationid": chain})

    async def decision(self, decision_id: str) -> DecisionDetail | Failure:
        """One decision with what it was made from."""
        return await self._get(f"/api/v1/decisions/{segment(decision_id)}", DecisionDetail)

    async def last_denials(self) -> tuple[Verdict, ...] | Failure:
        """The newest denials, however many approvals came since."""
        return await self._first("/api/v1/decisions", Verdict, {"limit": f"{LISTED}", "outcome": "denied"})

    async def choose(self, state: TradingState, reason: str, token: SecretStr) -> TradingStatus | Failure:
        """Set the trading state as the person whose token this is."""
        body = {"state": state, "reason": reason}
        return await self._send("PUT", "/api/v1/trading-state", body, TradingStatus, token)

    async def check(self, order: Mapping[str, object]) -> CheckAnswer | Failure:
        """Ask what risk would say to an order now; nothing comes of it."""
        return await self._send("POST", "/api/v1/check", order, CheckAnswer)


def _of(strategy: str | None) -> dict[str, str]:
    return {"limit": f"{LISTED}", **({"strategy": strategy} if strategy is not None else {})}
