"""Bars of the past, from the gateway's HTTP API."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import msgspec
from pydantic import SecretStr

from stockbot.errors import Unavailable
from stockbot.events.market import Bar
from stockbot.model import intervals

GROWTH = (1, 4, 16, 64, 256)  # how much further back is looked, until there are enough: markets close
MOST_SLOTS = 20_000  # in one question; gateways refuse more
TIMEOUT_SECONDS = 10.0
LONGEST_REASON = 300


class Refused(Unavailable):
    """The gateway understood and said no: another question may go better, the same will not."""


class _BarPage(msgspec.Struct):
    items: list[Bar]
    next: str | None = None


class _Listing(msgspec.Struct):
    symbol: str
    exchange: str


class _ListingPage(msgspec.Struct):
    items: list[_Listing]
    next: str | None = None


Page = TypeVar("Page", _BarPage, _ListingPage)


class GatewayHistory:
    """Asks the gateway at `url`; None: nobody said where it is. Everything raises Unavailable with the reason."""

    def __init__(self, url: str | None, token: SecretStr | None) -> None:
        self._url = url
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}
        self._client = httpx.AsyncClient(headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)

    async def exchanges(self) -> dict[str, str]:
        """The exchange of each symbol that the gateway has."""
        found: list[_Listing] = []
        cursor: str | None = ""
        while cursor is not None:
            page = _read(await self._get("symbols", {"cursor": cursor}), _ListingPage)
            found, cursor = [*found, *page.items], page.next
        return {each.symbol: each.exchange for each in found}

    async def bars(self, symbol: str, interval: str, start: datetime, end: datetime) -> list[Bar]:
        """The complete raw bars that start in [start, end), oldest first."""
        span = {"interval": interval, "start": start.isoformat(), "end": end.isoformat()}
        found: list[Bar] = []
        cursor: str | None = ""
        while cursor is not None:
            page = _read(await self._get(f"bars/{symbol}", span | {"cursor": cursor}), _BarPage)
            found, cursor = [*found, *page.items], page.next
        return [bar for bar in found if bar.complete]

    async def last_bars(self, symbol: str, interval: str, count: int, end: datetime) -> list[Bar]:
        """The last `count` complete bars before `end`, or as many as there are."""
        found: list[Bar] = []
        for factor in GROWTH:
            slots = min(MOST_SLOTS, count * factor)
            try:
                found = await self.bars(symbol, interval, end - slots * intervals.length_of(interval), end)
            except Refused:
                if not found:
                    raise
                break
            if len(found) >= count or slots == MOST_SLOTS:
                break
        return found[-count:]

    async def close(self) -> None:
        await self._client.aclose()

    async def _get(self, path: str, parameters: Mapping[str, str]) -> bytes:
        if self._url is None:
            raise Unavailable("nobody said where the gateway is: STOCKBOT_ENDPOINTS has no MarketDataGateway")
        asked = {name: value for name, value in parameters.items() if value}
        try:
            answer = await self._client.get(f"{self._url}/api/v1/{path}", params=asked)
        except httpx.HTTPError as error:
            raise Unavailable(f"the gateway does not answer: {type(error).__name__}") from error
        if answer.status_code == HTTPStatus.OK:
            return answer.content
        reason = f"the gateway answered {answer.status_code}: {_detail(answer)}"
        raise Refused(reason) if answer.is_client_error else Unavailable(reason)


def _read(answer: bytes, kind: type[Page]) -> Page:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"the gateway answered what nobody can read: {error}") from error


def _detail(answer: httpx.Response) -> str:
    try:
        problem: Any = answer.json()
        return str(problem["detail"])[:LONGEST_REASON]
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
