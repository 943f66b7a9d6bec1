"""Tells the Risk Guardian what its document declares as trading state, and keeps the answer.

It is told when the document changes, when a pod of it starts, and every few minutes, so that the status shows what
counts at run time as well. An equal state is no change there. It is a write like all others and under their fence: who
no longer leads knows an old document, and would undo a HALT.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import msgspec
from msgspec import Struct

from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot_operator.fence import Fence
from stockbot_operator.kube.objects import Key
from stockbot_operator.names import OPERATOR_TOKEN_KEY, TOKENS_SECRET
from stockbot_operator.outcome import Told
from stockbot_operator.references import SECRET
from stockbot_operator.seen import Seen

SECONDS = 1.5  # for one question: within two of the change the answer is known
OK = 200
RUNNING = "Running"


class Answer(Struct, frozen=True):
    """What of the Risk Guardian's answer the status shows."""

    effective: str
    declared: str | None = None


@dataclass(frozen=True)
class _Last:
    asked: tuple[str | None, frozenset[str]]  # the declared state, and the pods that were there
    told: Told
    at: float


class Herald:
    """One question at a time for each Risk Guardian. `address` makes a Service's URL of name, namespace and port."""

    def __init__(self, address: str, monotonic: Callable[[], float], *, every_seconds: float) -> None:
        self._address, self._monotonic, self._every = address, monotonic, every_seconds
        self._last: dict[Key, _Last] = {}
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def forget(self, key: Key) -> None:
        self._last.pop(key, None)

    def forget_all(self) -> None:
        """What this process said before it led again, another may have said otherwise since."""
        self._last.clear()

    def owes(self, key: Key) -> bool:
        """Tell whether the last question has no answer yet."""
        last = self._last.get(key)
        return last is not None and last.told.trouble is not None

    async def tell(self, seen: Seen, fence: Fence) -> Told | None:
        """Return the answer, or the last one while nothing has changed; None where there is nobody to tell.

        Raises NotLeading.
        """
        document = seen.document
        if document is None or document.spec.type is not ServiceType.RISK_GUARDIAN:
            return None
        running = frozenset(pod.metadata.uid for pod in seen.pods if pod.status.phase == RUNNING)
        if not running:
            self.forget(seen.key)
            return None
        asked = (declared(document), running)
        last, now = self._last.get(seen.key), self._monotonic()
        if last is not None and last.asked == asked and last.told.trouble is None and now - last.at < self._every:
            return last.told
        told = await self._ask(seen, document, min(SECONDS, fence.remaining(seen.key[0])))
        self._last[seen.key] = _Last(asked, told, now)
        return told

    async def _ask(self, seen: Seen, document: TradingService, seconds: float) -> Told:
        token = operator_token(seen)
        if token is None:
            return Told(trouble=f"the Secret {TOKENS_SECRET} has no key {OPERATOR_TOKEN_KEY}")
        url = self._address.format(name=seen.key[1], namespace=seen.key[0], port=PORTS[document.spec.type])
        try:
            async with self._open().put(
                f"{url}/api/v1/declared-state",
                json={"state": declared(document)},
                headers={"Authorization": f"Bearer {token}"},
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as response:
                return _read(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Told(trouble=f"no answer ({type(error).__name__})")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


def declared(document: TradingService) -> str | None:
    block = document.spec.risk_guardian
    return None if block is None or block.trading_state is None else block.trading_state.value


def operator_token(seen: Seen) -> str | None:
    """Return the operator's own token out of the namespace's Secret."""
    material = seen.materials.get((SECRET, TOKENS_SECRET))
    try:
        token = base64.b64decode((material.data if material else {})[OPERATOR_TOKEN_KEY]).decode().strip()
    except (KeyError, ValueError, binascii.Error):
        return None
    return token if token.isascii() and token.isprintable() else None


def _read(status: int, content: bytes) -> Told:
    if status != OK:
        return Told(trouble=f"it answered {status}")
    try:
        answer = msgspec.json.decode(content, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Told(trouble="its answer is not what a Risk Guardian says")
    return Told(declared=answer.declared, effective=answer.effective)
