"""The herald: tells the Risk Guardian what is declared, once for each change, and says why it could not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from tests.operator import sights

from stockbot_operator.declared_state import Herald
from stockbot_operator.fence import NotLeading
from stockbot_operator.kube.objects import Material
from stockbot_operator.outcome import Told
from stockbot_operator.seen import Seen

TOKENS = {("Secret", "stockbot-tokens"): Material(data={"operator": "bXktdG9rZW4="})}  # my-token


class Leading:
    """The fence of a process that may write for so long."""

    def __init__(self, seconds: float = 10) -> None:
        self.seconds = seconds

    def remaining(self, _namespace: str) -> float:
        if self.seconds <= 0:
            raise NotLeading("another process leads")
        return self.seconds


LEADING = Leading()


class Guardian:
    """A Risk Guardian on the loopback; `status` is what it answers with."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, str]] = []
        self.status = 200

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(((await request.json())["state"], request.headers["Authorization"]))
        return web.json_response({"declared": self.asked[-1][0], "effective": "Halted"}, status=self.status)


@pytest.fixture
def guardian() -> Guardian:
    return Guardian()


@pytest.fixture
async def herald(guardian: Guardian) -> AsyncIterator[Herald]:
    application = web.Application()
    application.router.add_put("/api/v1/declared-state", guardian.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made = Herald(f"http://127.0.0.1:{runner.addresses[0][1]}", lambda: 0.0, every_seconds=300)
    yield made
    await made.close()
    await runner.cleanup()


def risk(state: str | None = "Reducing", *, pods: tuple[str, ...] = ("risk-1",), **changes: Any) -> Seen:
    item = sights.resource("risk", "RiskGuardian", riskGuardian={"tradingState": state} if state else {})
    return sights.seen(item, pods=[sights.pod(name) for name in pods], **{"materials": TOKENS, **changes})


async def test_it_is_told_once_for_each_change(guardian: Guardian, herald: Herald) -> None:
    """The same again is the same answer, without a question; another state, and another pod, are asked."""
    answer = Told(declared="Reducing", effective="Halted")
    assert [await herald.tell(risk(), LEADING), await herald.tell(risk(), LEADING)] == [answer, answer]
    assert guardian.asked == [("Reducing", "Bearer my-token")]
    await herald.tell(risk("Active"), LEADING)
    await herald.tell(risk("Active", pods=("risk-2",)), LEADING)
    await herald.tell(risk(None, pods=("risk-2",)), LEADING)
    assert [state for state, _ in guardian.asked] == ["Reducing", "Active", "Active", None]


async def test_a_refusal_is_asked_again(guardian: Guardian, herald: Herald) -> None:
    """What it answered with is named; nothing counts as told until it says so."""
    guardian.status = 403
    assert await herald.tell(risk(), LEADING) == Told(trouble="it answered 403")
    guardian.status = 200
    assert (await herald.tell(risk(), LEADING) or Told()).trouble is None


async def test_without_its_token_it_says_so(guardian: Guardian, herald: Herald) -> None:
    """Nobody is asked without a token, and none is ever shown."""
    assert await herald.tell(risk(materials={}), LEADING) == Told(
        trouble="the Secret stockbot-tokens has no key operator"
    )
    assert guardian.asked == []


async def test_nobody_is_asked_where_nobody_runs(guardian: Guardian, herald: Herald) -> None:
    """A suspended or starting service has no answer; another type is never asked."""
    assert await herald.tell(risk(pods=()), LEADING) is None
    assert await herald.tell(sights.seen(pods=[sights.pod()]), LEADING) is None
    assert guardian.asked == []


async def test_no_answer_at_all() -> None:
    """A refused connection is said in a word, without an address that could hold anything secret."""
    herald = Herald("http://127.0.0.1:1", lambda: 0.0, every_seconds=300)
    told = await herald.tell(risk(), LEADING)
    await herald.close()
    assert told is not None
    assert told.trouble == "no answer (ClientConnectorError)"


async def test_who_no_longer_leads_tells_nothing(guardian: Guardian, herald: Herald) -> None:
    """A process that was stopped and goes on knows an old document: it does not undo a HALT of its successor's."""
    with pytest.raises(NotLeading):
        await herald.tell(risk("Active"), Leading(0))
    assert guardian.asked == []


async def test_who_leads_again_tells_again(guardian: Guardian, herald: Herald) -> None:
    """Another process led meanwhile, and may have said something else last."""
    await herald.tell(risk("Halted"), LEADING)
    herald.forget_all()
    await herald.tell(risk("Halted"), LEADING)
    assert [state for state, _ in guardian.asked] == ["Halted", "Halted"]
