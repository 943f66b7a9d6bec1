"""A Risk Guardian for tests of whoever asks one. Its trading state changes by the real rules; the rest a test sets."""

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from stockbot.model.risk.trading_state import Change, TradingState, TradingStatus, choose, strictest
from stockbot.runtime.auth import Role
from stockbot.testing.clock import START
from stockbot.testing.fake_service import Answers, Call, as_json, problem, refuse_below
from stockbot.testing.letters import FakeKeeper

CHECK = {"approved": True, "reduction": False, "side": "buy", "quantity": "10", "held": "1880.00", "checks": []}


@dataclass
class FakeGuardian(FakeKeeper):
    """Lists have their newest item first, as the real one's. `check` is the answer to every what-if question."""

    status: TradingStatus = field(default_factory=TradingStatus)
    changes: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    exposures: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    check: dict[str, Any] = field(default_factory=lambda: dict(CHECK))
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)  # by decision
    now: datetime = START

    def answers(self) -> Answers:
        return {
            ("GET", "/api/v1/limits"): lambda call: self.page(call, self.limits),
            ("GET", "/api/v1/exposure"): lambda call: self.page(call, self.exposures),
            ("GET", "/api/v1/decisions"): self._decisions,
            ("GET", "/api/v1/decisions/{decision}"): self._decision,
            ("GET", "/api/v1/trading-state"): lambda _: self._state(),
            ("GET", "/api/v1/trading-state/history"): lambda call: self.page(call, self.changes),
            ("PUT", "/api/v1/trading-state"): self._choose,
            ("POST", "/api/v1/check"): lambda call: as_json(self.check | {"side": call.body["side"]}),
            **self.letter_answers(),
        }

    def _state(self) -> Response:
        return as_json({"effective": self.status.effective, **msgspec.to_builtins(self.status)})

    def _choose(self, call: Call) -> Response:
        refused = refuse_below(Role.TRADER, call.who)
        if refused is not None:
            return refused
        change = Change(who=call.who.name, when=self.now, why=call.body["reason"])
        after = choose(self.status, TradingState(call.body["state"]), change, session=None)
        if call.who.role < Role.ADMIN and strictest([self.status.effective, after.effective]) is not after.effective:
            return problem(HTTPStatus.FORBIDDEN, f"to {after.effective} loosens it and needs the role admin")
        self.status = after
        line = {"number": len(self.changes) + 1, "effective": after.effective, **msgspec.to_builtins(change)}
        self.changes.insert(0, line)
        return self._state()

    def _decision(self, call: Call) -> Response:
        found = next((one for one in self.decisions if one["decision_id"] == call.path("decision")), None)
        if found is None:
            return problem(HTTPStatus.NOT_FOUND, f"there is no decision {call.path('decision')}")
        return as_json({"decision": found, "inputs": self.inputs.get(found["decision_id"], {})})

    def _decisions(self, call: Call) -> Response:
        wanted = {name: value for name, value in call.query.items() if name in ("outcome", "strategy", "correlationid")}
        found = [one for one in self.decisions if all(one[name] == value for name, value in wanted.items())]
        return self.page(call, found)
