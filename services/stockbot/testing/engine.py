"""An Execution Engine for tests of whoever asks one: orders that a test sets, cancels that are only asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from stockbot.runtime.auth import Role
from stockbot.testing.clock import START
from stockbot.testing.fake_service import Answers, Call, as_json, problem, refuse_below
from stockbot.testing.letters import FakeKeeper

SERVING: dict[str, Any] = {"state": "serving", "in_flight": [], "since": None}
Answer = Callable[[Call], Response]


@dataclass
class FakeEngine(FakeKeeper):
    """Orders and executions have the newest first. `details` are timeline, approval and so on, by client order id.

    `keys` are the idempotency keys that came with manual orders, each with the signal that it led to.
    """

    orders: list[dict[str, Any]] = field(default_factory=list)
    executions: list[dict[str, Any]] = field(default_factory=list)
    details: dict[str, dict[str, Any]] = field(default_factory=dict)
    reconciliation: dict[str, Any] = field(default_factory=dict)
    closes: list[dict[str, Any]] = field(default_factory=list)
    drain: dict[str, Any] = field(default_factory=lambda: dict(SERVING))
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    halted: bool = False
    now: datetime = START

    def answers(self) -> Answers:
        return {
            ("GET", "/api/v1/orders"): lambda call: self.page(call, self._wanted(call, self.orders)),
            ("POST", "/api/v1/orders"): _for(Role.TRADER, self._send),
            ("POST", "/api/v1/orders/cancel-all"): _for(Role.TRADER, self._cancel_all),
            ("POST", "/api/v1/orders/flatten"): _for(Role.TRADER, self._flatten),
            ("GET", "/api/v1/orders/{order}"): self._order,
            ("DELETE", "/api/v1/orders/{order}"): _for(Role.TRADER, self._cancel),
            ("GET", "/api/v1/executions"): lambda call: self.page(call, self._wanted(call, self.executions)),
            ("GET", "/api/v1/reconciliation"): lambda _: as_json(self.reconciliation),
            ("POST", "/api/v1/reconciliation"): _for(Role.TRADER, lambda _: Response(status_code=HTTPStatus.ACCEPTED)),
            ("POST", "/api/v1/reconciliation/accept"): _for(Role.ADMIN, self._accept),
            ("GET", "/api/v1/drain"): lambda _: as_json(self.drain),
            ("POST", "/api/v1/drain"): _for(Role.ADMIN, lambda _: self._set_drain("draining")),
            ("DELETE", "/api/v1/drain"): _for(Role.ADMIN, lambda _: self._set_drain("serving")),
            **self.letter_answers(),
        }

    def _wanted(self, call: Call, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = ("symbol", "strategy", "signal_id", "correlationid")
        wanted = {name: value for name, value in call.query.items() if name in names}
        found = [one for one in items if all(one[name] == value for name, value in wanted.items())]
        return [one for one in found if one["is_open"]] if call.query.get("state") == "open" else found

    def _find(self, order_id: str) -> dict[str, Any] | None:
        return next((one for one in self.orders if one["client_order_id"] == order_id), None)

    def _order(self, call: Call) -> Response:
        found = self._find(call.path("order"))
        if found is None:
            return problem(HTTPStatus.NOT_FOUND, f"there is no order {call.path('order')}")
        fills = [one for one in reversed(self.executions) if one["client_order_id"] == found["client_order_id"]]
        known = self.details.get(found["client_order_id"], {})
        return as_json(
            {"order": found, "timeline": [], "approval": None, "replaced_by": None} | known | {"executions": fills}
        )

    def _send(self, call: Call) -> Response:
        key = call.request.headers.get("idempotency-key")
        if not key:
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "header Idempotency-Key: it is required")
        number = len(self.keys) + 1
        sent = self.keys.setdefault(key, {"signal_id": f"manual-{number}", "correlationid": f"chain-manual-{number}"})
        return as_json(sent, HTTPStatus.ACCEPTED)

    def _cancel(self, call: Call) -> Response:
        found = self._find(call.path("order"))
        if found is None or not found["is_open"]:
            status = HTTPStatus.CONFLICT if found else HTTPStatus.NOT_FOUND
            return problem(status, f"the order {call.path('order')} is not open")
        found.update(state="PENDING_CANCEL", updated_at=self.now)
        return as_json(found, HTTPStatus.ACCEPTED)

    def _cancel_all(self, call: Call) -> Response:
        found = [one for one in self.orders if one["is_open"]]
        if not call.body["dry_run"]:
            for one in found:
                one.update(state="PENDING_CANCEL", updated_at=self.now)
        return as_json({"dry_run": call.body["dry_run"], "orders": found})

    def _flatten(self, call: Call) -> Response:
        if self.halted and not call.body["dry_run"]:
            refused = refuse_below(Role.ADMIN, call.who)
            if refused is not None or call.body.get("confirm") != "FLATTEN":
                return refused or problem(HTTPStatus.UNPROCESSABLE_ENTITY, "body.confirm: it must be FLATTEN")
        found = [one for one in self.orders if one["is_open"]]
        return as_json({"dry_run": call.body["dry_run"], "cancels": found, "closes": self.closes})

    def _accept(self, call: Call) -> Response:
        asked = (call.body["kind"], call.body["subject"])
        drifts = [one for one in self.reconciliation["drifts"] if (one["kind"], one["subject"]) != asked]
        self.reconciliation = self.reconciliation | {"drifts": drifts}
        return as_json(self.reconciliation)

    def _set_drain(self, state: str) -> Response:
        self.drain = {"state": state, "in_flight": [], "since": self.now}
        return as_json(self.drain)


def _for(role: Role, answer: Answer) -> Answer:
    return lambda call: refuse_below(role, call.who) or answer(call)
