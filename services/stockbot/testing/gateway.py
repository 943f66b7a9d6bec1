"""A gateway for tests of whoever asks one."""

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from stockbot.events.market import Bar, ExchangeSessions, Quote
from stockbot.testing.fake_service import TOKEN, Answers, Call, FakeService, problem, running

__all__ = ["TOKEN", "FakeGateway", "running"]


@dataclass
class FakeGateway(FakeService):
    """Prices, bars and the health of providers, as a test sets them."""

    quotes: list[Quote] = field(default_factory=list)
    bars: dict[tuple[str, str], list[Bar]] = field(default_factory=dict)  # by symbol and interval
    providers: list[dict[str, Any]] = field(default_factory=list)
    exchanges: list[ExchangeSessions] = field(default_factory=list)
    unquoted: list[str] = field(default_factory=list)  # symbols that have no quote yet

    def answers(self) -> Answers:
        return {
            ("GET", "/api/v1/quotes"): lambda call: self.page(call, self.quotes),
            ("GET", "/api/v1/providers"): lambda call: self.page(call, self.providers),
            ("GET", "/api/v1/symbols"): lambda call: self.page(call, self._listings()),
            ("GET", "/api/v1/session"): lambda call: self.page(call, self.exchanges),
            ("GET", "/api/v1/bars/{symbol}"): self._bars,
        }

    def _listings(self) -> list[dict[str, object]]:
        """Every quoted symbol and each of `unquoted` on the first exchange."""
        exchange = self.exchanges[0].exchange if self.exchanges else "XNYS"
        symbols = sorted({quote.symbol for quote in self.quotes} | set(self.unquoted))
        return [
            {"symbol": symbol, "symbol_set": "demo", "exchange": exchange, "providers": ["demo"]} for symbol in symbols
        ]

    def _bars(self, call: Call) -> Response:
        start, end = (datetime.fromisoformat(call.query[name]) for name in ("start", "end"))
        key = (call.path("symbol"), call.query["interval"])
        if key not in self.bars:
            return problem(HTTPStatus.NOT_FOUND, f"no provider has bars of {key[0]} in the interval {key[1]}")
        return self.page(call, [bar for bar in self.bars[key] if start <= bar.start < end])
