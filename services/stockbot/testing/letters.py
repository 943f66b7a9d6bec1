"""Dead letters of a service, for tests of whoever asks one: an admin's word on them is kept, and a test ends them."""

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from stockbot.runtime.auth import Role
from stockbot.testing.fake_service import Answers, Call, FakeService, as_json, problem, refuse_below

LETTERS = "/api/v1/dead-letters"


def letter(name: str, at: datetime, **changes: Any) -> dict[str, Any]:
    """An order update that the Risk Guardian could not take in."""
    made = {
        "letter_id": f"risk-guardian/execution-engine/0/1.a/{name}",
        "stream": "stockbot:orders",
        "consumer": "risk-guardian",
        "reason": "InvalidEvent: $.data.state: 'MELTED' is not one of INTENT, SENT, UNKNOWN",
        "received_at": at,
        "resolved_at": None,
        "resolution": None,
        "document": f'{{"id":"update-{name}","type":"ORDER_UPDATE","data":{{"quantity":"10","price":"187.50"}}}}',
    }
    return made | changes


@dataclass
class FakeKeeper(FakeService):
    """Letters have the newest first, as the real one's."""

    letters: list[dict[str, Any]] = field(default_factory=list)

    def letter_answers(self) -> Answers:
        return {
            ("GET", LETTERS): self._letters,
            ("POST", f"{LETTERS}/{{letter:path}}/replay"): lambda call: self._word(call, "replay asked by"),
            ("POST", f"{LETTERS}/{{letter:path}}/resolve"): lambda call: self._word(call, "resolved by"),
        }

    def _letters(self, call: Call) -> Response:
        state = call.query.get("state", "open")
        found = [one for one in self.letters if state in ("all", "resolved" if one["resolved_at"] else "open")]
        return self.page(call, found[: int(call.query.get("limit", 100))])

    def _word(self, call: Call, said: str) -> Response:
        found = next((one for one in self.letters if one["letter_id"] == call.path("letter")), None)
        refused = refuse_below(Role.ADMIN, call.who)
        if refused is not None or found is None:
            return refused or problem(HTTPStatus.NOT_FOUND, f"there is no dead letter {call.path('letter')} here")
        if found["resolved_at"]:
            return problem(HTTPStatus.CONFLICT, f"letter {found['letter_id']} is over: {found['resolution']}")
        found["resolution"] = f"{said} {call.who.name}: {call.body['reason']}"
        if said == "resolved by":
            found["resolved_at"] = found["received_at"]
            return as_json(found)
        return as_json(found, HTTPStatus.ACCEPTED)
