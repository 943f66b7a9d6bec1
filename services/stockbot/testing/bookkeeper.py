"""A Portfolio Manager for tests of whoever asks one: its books are as a test sets them."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from stockbot.testing.fake_service import Answers, Call, as_json, problem
from stockbot.testing.letters import FakeKeeper

NO_CURVE: dict[str, Any] = {"account": "paper", "currency": "USD", "points": [], "now": None}


@dataclass
class FakeBookkeeper(FakeKeeper):
    """Trades and entries have the newest first, as the real one's."""

    accounts: list[dict[str, Any]] = field(default_factory=list)
    positions: list[dict[str, Any]] = field(default_factory=list)
    trades: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    equity: dict[str, Any] = field(default_factory=lambda: dict(NO_CURVE))
    performance: dict[str, Any] = field(default_factory=lambda: {"account": "paper"})

    def answers(self) -> Answers:
        return {
            ("GET", "/api/v1/accounts"): lambda call: self.page(call, self.accounts),
            ("GET", "/api/v1/positions"): lambda call: self.page(call, self.positions),
            ("GET", "/api/v1/trades"): lambda call: self.page(call, self.trades),
            ("GET", "/api/v1/ledger"): self._ledger,
            ("GET", "/api/v1/equity"): lambda _: as_json(self.equity),
            ("GET", "/api/v1/performance"): lambda _: as_json(self.performance),
            ("GET", "/api/v1/statement"): self._statement,
            **self.letter_answers(),
        }

    def _ledger(self, call: Call) -> Response:
        chain = call.query.get("correlationid")
        return self.page(call, [one for one in self.entries if chain in (None, one["correlationid"])])

    def _statement(self, call: Call) -> Response:
        if call.query["account"] not in {one["account"] for one in self.accounts}:
            return problem(HTTPStatus.NOT_FOUND, f"there is no account {call.query['account']}")
        if call.query["format"] == "json":
            return as_json({"account": call.query["account"], "entries": self.entries})
        return Response("number,kind,amount\r\n1,deposit,100000.00\r\n", media_type="text/csv")
