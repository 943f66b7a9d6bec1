"""The services' APIs as the console sees them, over real HTTP on loopback."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from stockbot.runtime.auth import Principal, Role
from stockbot.testing.clock import START
from stockbot.testing.gateway import TOKEN, FakeGateway, running
from stockbot.testing.guardian import FakeGuardian
from stockbot.testing.scenes import bars, market, provider, trading_day
from stockbot_console.answers import Failure, Listing
from stockbot_console.client import Gateway, Guardian
from stockbot_console.guardian_answers import TradingState

MINUTE = timedelta(minutes=1)


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with running(FakeGateway()) as gateway:
        yield gateway


@pytest.fixture
async def client(fake: FakeGateway) -> AsyncIterator[Gateway]:
    gateway = Gateway(fake.url, SecretStr(TOKEN))
    yield gateway
    await gateway.close()


async def test_quotes_come_as_they_were_sent(fake: FakeGateway, client: Gateway) -> None:
    """Prices are exact Decimals on this side too."""
    fake.quotes = market(START)
    assert await client.quotes() == tuple(fake.quotes)


async def test_a_list_in_pages_is_read_to_its_end(fake: FakeGateway, client: Gateway) -> None:
    """The cursor of each page leads to the next one."""
    fake.quotes, fake.page_size = market(START), 8
    assert await client.quotes() == tuple(fake.quotes)
    assert [path for path in fake.asked if path.startswith("/api/v1/quotes")] == [
        "/api/v1/quotes",
        "/api/v1/quotes?cursor=8",
        "/api/v1/quotes?cursor=16",
    ]


async def test_providers_exchanges_and_symbols_are_typed(fake: FakeGateway, client: Gateway) -> None:
    """What the gateway says of its providers, exchanges and symbols is understood."""
    fake.providers = [provider("yahoo", simulated=False, budget={"per_minute": {"limit": 60, "used": 7}})]
    fake.exchanges = [trading_day(START)]
    fake.unquoted = ["AAPL"]
    answer = await client.providers()
    assert not isinstance(answer, Failure)
    assert (answer[0].name, answer[0].budget.per_minute and answer[0].budget.per_minute.used) == ("yahoo", 7)
    assert await client.exchanges() == tuple(fake.exchanges)
    assert await client.listings() == (Listing(symbol="AAPL", exchange="XNYS"),)


async def test_bars_are_asked_for_by_interval_and_span(fake: FakeGateway, client: Gateway) -> None:
    """Only the bars that start within the span come back, and a symbol with a dot is a name like any."""
    fake.bars["BRK.B", "1m"] = bars("BRK.B", "1m", MINUTE, end=START, count=10)
    answer = await client.bars("BRK.B", "1m", START - 3 * MINUTE, START)
    assert answer == tuple(fake.bars["BRK.B", "1m"][-3:])


async def test_a_typed_symbol_cannot_reach_another_path(fake: FakeGateway, client: Gateway) -> None:
    """What a person types into the address is one segment of the path, whatever it is."""
    fake.quotes = market(START)
    assert isinstance(await client.bars("../quotes", "1m", START, START), Failure)
    assert isinstance(await client.bars("A?b=c#d", "1m", START, START), Failure)


async def test_a_problem_is_given_in_its_own_words(fake: FakeGateway, client: Gateway) -> None:
    """What the gateway says is the reason, in place of a status number."""
    answer = await client.bars("XYZ", "1d", START, START)
    assert answer == Failure(reason="no provider has bars of XYZ in the interval 1d", remedy="")


async def test_a_refused_token_says_what_to_check(fake: FakeGateway) -> None:
    """The console's own token is named, without its value."""
    stranger = Gateway(fake.url, SecretStr("sbt_wrong"))
    answer = await stranger.quotes()
    await stranger.close()
    assert isinstance(answer, Failure)
    assert "STOCKBOT_TOKEN" in answer.remedy
    assert "sbt_wrong" not in f"{answer}"


async def test_a_gateway_that_is_away_is_a_failure_in_words(fake: FakeGateway, client: Gateway) -> None:
    """No exception reaches a page; after the return the next question is answered."""
    fake.stop()
    answer = await client.quotes()
    assert isinstance(answer, Failure)
    assert answer.reason == f"The gateway at {fake.url} does not answer (no connection)."
    reach = await client.reach(START)
    assert (reach.answers, reach.ready) == (False, False)
    fake.start()
    assert await client.quotes() == ()
    assert (await client.reach(START)).ready


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"items": ', b'{"items": [{"symbol": 7}]}', b'{"items": [{"last": "NaN"}]}', b"[]", b"\xff\xfe"],
)
async def test_an_answer_of_another_shape_is_a_failure(fake: FakeGateway, client: Gateway, body: bytes) -> None:
    """Whatever comes back with status 200, it is understood or it is a failure."""
    fake.broken = body
    for answer in (await client.quotes(), await client.exchanges(), await client.listings(), await client.providers()):
        assert isinstance(answer, Failure)


async def test_a_gateway_that_is_not_ready_says_why(fake: FakeGateway, client: Gateway) -> None:
    """Each failed check is named with its reason, although the status is 503."""
    fake.not_ready = "all providers are down"
    reach = await client.reach(START)
    assert (reach.answers, reach.ready, reach.reasons) == (True, False, ("providers: all providers are down",))


async def test_prices_that_no_contract_allows_are_refused(fake: FakeGateway, client: Gateway) -> None:
    """A quote with a price of zero does not come through the API either."""
    fake.broken = (
        b'{"items": [{"symbol": "A", "last": "0", "source_time": "2026-03-02T15:00:00Z",'
        b' "receive_time": "2026-03-02T15:00:00Z", "provider": "x"}]}'
    )
    assert isinstance(await client.quotes(), Failure)


@pytest.fixture
async def guardian() -> AsyncIterator[tuple[FakeGuardian, Guardian]]:
    with running(FakeGuardian()) as fake:
        fake.known["sbt_ada"] = Principal("ada", Role.TRADER)
        client = Guardian(fake.url, SecretStr(TOKEN))
        yield fake, client
        await client.close()


async def test_a_change_is_asked_for_by_the_person(guardian: tuple[FakeGuardian, Guardian]) -> None:
    """Their token goes with it, so that the other side knows who it was; reads go on with the console's own."""
    fake, client = guardian
    answer = await client.choose(TradingState.HALTED, "news", SecretStr("sbt_ada"))
    assert not isinstance(answer, Failure)
    assert answer.effective is TradingState.HALTED
    assert [act.who for act in fake.acts] == ["ada"]
    assert await client.status() == answer


async def test_a_refused_change_says_what_the_person_can_do(guardian: tuple[FakeGuardian, Guardian]) -> None:
    """An unknown token asks for a login, a low role is told in the service's words; neither token is shown."""
    _, client = guardian
    stranger = await client.choose(TradingState.HALTED, "news", SecretStr("sbt_gone"))
    assert stranger == Failure(
        reason="the token is not known here", remedy="Your token is not accepted there: sign in again."
    )
    viewer = await client.choose(TradingState.HALTED, "news", SecretStr(TOKEN))
    assert isinstance(viewer, Failure)
    assert viewer.reason == "dashboard has the role viewer; this needs the role trader"


async def test_a_change_without_an_answer_is_not_called_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that was sent and not answered may have been done: that is said, and no more."""

    async def silent(self: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    monkeypatch.setattr(httpx.AsyncClient, "send", silent)
    client = Guardian("http://127.0.0.1:1", None)
    answer = await client.choose(TradingState.HALTED, "news", SecretStr("sbt_ada"))
    await client.close()
    assert isinstance(answer, Failure)
    assert answer.remedy == "Whether it was done is not known: look at the state before trying again."
