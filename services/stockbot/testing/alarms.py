"""An Alert Manager for tests of whoever asks one: its alerts can be acknowledged and silenced, its channels tested."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from stockbot.runtime.auth import Role
from stockbot.testing.clock import START
from stockbot.testing.fake_service import Answers, Call, as_json, problem, refuse_below
from stockbot.testing.letters import FakeKeeper


@dataclass
class FakeAlarms(FakeKeeper):
    """`undeliverable` is why a channel cannot deliver, by its name."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    silences: list[dict[str, Any]] = field(default_factory=list)
    channels: list[dict[str, Any]] = field(default_factory=list)
    services: list[dict[str, Any]] = field(default_factory=list)
    undeliverable: dict[str, str] = field(default_factory=dict)
    now: datetime = START

    def answers(self) -> Answers:
        return {
            ("GET", "/api/v1/alerts"): self._alerts,
            ("POST", "/api/v1/alerts/{alert}/ack"): self._acknowledge,
            ("GET", "/api/v1/silences"): lambda call: self.page(call, self.silences),
            ("POST", "/api/v1/silences"): self._silence,
            ("DELETE", "/api/v1/silences/{silence}"): self._end,
            ("GET", "/api/v1/channels"): lambda call: self.page(call, self.channels),
            ("POST", "/api/v1/channels/{channel}/test"): self._test,
            ("GET", "/api/v1/services"): lambda call: self.page(call, self.services),
            **self.letter_answers(),
        }

    def _alerts(self, call: Call) -> Response:
        state, severity = call.query.get("state", "open"), call.query.get("severity")
        found = [one for one in self.alerts if state in ("all", one["state"]) and severity in (None, one["severity"])]
        return self.page(call, found)

    def _acknowledge(self, call: Call) -> Response:
        found = next((one for one in self.alerts if one["alert_id"] == call.path("alert")), None)
        refused = refuse_below(Role.TRADER, call.who)
        if refused is not None or found is None:
            return refused or problem(HTTPStatus.NOT_FOUND, f"there is no alert {call.path('alert')}")
        found.update(state="acknowledged", acknowledged_by=call.who.name, acknowledged_at=self.now)
        return as_json(found)

    def _silence(self, call: Call) -> Response:
        refused = refuse_below(Role.TRADER, call.who)
        if refused is not None:
            return refused
        made = {
            "silence_id": f"silence-{len(self.silences) + 1}",
            "matchers": {"fingerprint": call.body["fingerprint_prefix"]},
            "until": self.now + timedelta(minutes=call.body["minutes"]),
            "created_by": call.who.name,
            "created_at": self.now,
            "reason": call.body["reason"],
            "active": True,
        }
        self.silences.insert(0, made)
        return as_json(made, HTTPStatus.CREATED)

    def _end(self, call: Call) -> Response:
        refused = refuse_below(Role.TRADER, call.who)
        if refused is not None:
            return refused
        self.silences = [one for one in self.silences if one["silence_id"] != call.path("silence")]
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _test(self, call: Call) -> Response:
        refused, reason = refuse_below(Role.TRADER, call.who), self.undeliverable.get(call.path("channel"))
        return refused or as_json({"delivered": reason is None, "reason": reason})
