"""What the console asks the Alert Manager: alerts, silences, channels, and what its watchdog sees."""

from pydantic import SecretStr

from stockbot_console.alarm_answers import Alert, Channel, Silence, Tested, Watched
from stockbot_console.answers import Failure
from stockbot_console.api import segment
from stockbot_console.letters import LetterKeeper

ALERTS = "/api/v1/alerts"
SHOWN = "100"  # as many as a page shows


class Alarms(LetterKeeper):
    name = "Alert Manager"

    async def open_alerts(self) -> tuple[Alert, ...] | Failure:
        return await self._items(ALERTS, Alert, {"state": "open"})

    async def last_alerts(self, state: str, severity: str) -> tuple[Alert, ...] | Failure:
        """The newest of that state and severity; `all` states, and any severity where it is empty."""
        query = {"state": state, "limit": SHOWN} | ({"severity": severity} if severity else {})
        return await self._first(ALERTS, Alert, query)

    async def acknowledge(self, alert_id: str, note: str, token: SecretStr) -> Alert | Failure:
        return await self._send("POST", f"{ALERTS}/{segment(alert_id)}/ack", {"note": note}, Alert, token)

    async def silences(self) -> tuple[Silence, ...] | Failure:
        return await self._items("/api/v1/silences", Silence)

    async def silence(self, fingerprint: str, minutes: int, reason: str, token: SecretStr) -> Silence | Failure:
        """Tell nobody of this matter for so long."""
        body = {"fingerprint_prefix": fingerprint, "minutes": minutes, "reason": reason}
        return await self._send("POST", "/api/v1/silences", body, Silence, token)

    async def end_silence(self, silence_id: str, token: SecretStr) -> object | Failure:
        return await self._send("DELETE", f"/api/v1/silences/{segment(silence_id)}", None, object, token)

    async def channels(self) -> tuple[Channel, ...] | Failure:
        return await self._items("/api/v1/channels", Channel)

    async def test(self, channel: str, token: SecretStr) -> Tested | Failure:
        return await self._send("POST", f"/api/v1/channels/{segment(channel)}/test", None, Tested, token)

    async def watched(self) -> tuple[Watched, ...] | Failure:
        return await self._items("/api/v1/services", Watched)
