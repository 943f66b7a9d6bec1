"""A Strategy Orchestrator for tests of whoever asks one: its strategies obey at once."""

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from stockbot.runtime.auth import Role
from stockbot.testing.clock import START
from stockbot.testing.fake_service import Answers, Call, as_json, problem, refuse_below
from stockbot.testing.letters import FakeKeeper

OUTCOMES = {"start": ("running", "WARMING"), "pause": ("paused", "PAUSED"), "stop": ("stopped", "STOPPED")}


@dataclass
class FakeOrchestrator(FakeKeeper):
    """Signals have the newest first, as the real one's. `runs` are by strategy."""

    strategies: list[dict[str, Any]] = field(default_factory=list)
    signals: list[dict[str, Any]] = field(default_factory=list)
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    now: datetime = START

    def answers(self) -> Answers:
        return {
            ("GET", "/api/v1/strategies"): lambda call: self.page(call, self.strategies),
            ("GET", "/api/v1/strategies/{name}"): self._strategy,
            ("POST", "/api/v1/strategies/{name}/{step}"): self._ask,
            ("GET", "/api/v1/signals"): self._signals,
            **self.letter_answers(),
        }

    def _strategy(self, call: Call) -> Response:
        found = self._find(call.path("name"))
        if found is None:
            return problem(HTTPStatus.NOT_FOUND, f"{call.path('name')} is not a strategy of this orchestrator")
        return as_json({**found, "text": "", "schema": None, "runs": self.runs.get(found["id"], [])})

    def _ask(self, call: Call) -> Response:
        found, refused = self._find(call.path("name")), refuse_below(Role.TRADER, call.who)
        if refused is not None or found is None:
            return refused or problem(HTTPStatus.NOT_FOUND, f"{call.path('name')} is not a strategy here")
        desired, state = OUTCOMES[call.path("step")]
        who, why = call.who.name, call.body["reason"]
        found.update(desired=desired, state=state, reason=f"{who}: {why}", since=self.now)
        found.update(changed_by=who, changed_because=why, changed_at=self.now)
        return as_json(found, HTTPStatus.ACCEPTED)

    def _signals(self, call: Call) -> Response:
        strategy, chain = call.query.get("strategy"), call.query.get("correlationid")
        found = [one for one in self.signals if strategy in (None, one["signal"].strategy)]
        return self.page(call, [one for one in found if chain in (None, one["correlationid"])])

    def _find(self, name: str) -> dict[str, Any] | None:
        return next((one for one in self.strategies if one["id"] == name), None)
