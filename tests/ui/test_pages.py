"""The pages without a browser: what they say, and what they do when the world changes under them."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from nicegui import ui

from stockbot.testing.clock import START
from stockbot.testing.console_desk import Desk, open_desk
from stockbot.testing.fake_service import running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.scenes import bars, market, provider, quote, trading_day
from stockbot_console.attempts import ALLOWED


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    gateway = FakeGateway(quotes=market(START), providers=[provider()], exchanges=[trading_day(START)])
    with running(gateway):
        yield gateway


@pytest.fixture
async def desk(fake: FakeGateway) -> AsyncIterator[Desk]:
    async with open_desk(fake) as opened:
        yield opened


async def test_before_the_first_price_the_page_says_what_is_missing(desk: Desk) -> None:
    """An empty market is explained by the lights' own reasons."""
    await desk.user.open("/")
    await desk.user.should_see("No prices yet")
    await desk.user.should_see("Not connected to the bus yet.")
    await desk.user.should_see("NO PRICES")


async def test_the_market_page_shows_the_watchlist(desk: Desk) -> None:
    """With prices there, the page comes with its rows, the label of the market and the market clock."""
    await desk.ask()
    await desk.user.open("/")
    assert [row["symbol"] for row in desk.grid.options["rowData"]][:2] == ["AAPL", "AMZN"]
    await desk.user.should_see("DEMO MARKET")
    await desk.user.should_see("closes 14:30 New York, in 4 h 29 min")


async def test_symbols_without_a_price_are_named(desk: Desk, fake: FakeGateway) -> None:
    """What no provider has answered is not silently absent."""
    fake.unquoted = ["ZZZ"]
    await desk.ask()
    await desk.user.open("/")
    await desk.user.should_see("no price yet: ZZZ")


async def test_the_search_is_in_the_address(desk: Desk) -> None:
    """A page opened with `?q=` is filtered from the start."""
    await desk.ask()
    await desk.user.open("/?q=MSFT")
    assert desk.grid.options["quickFilterText"] == "MSFT"


async def test_a_tick_sends_only_what_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One price of twenty-one moved: one row goes to the browser, in one transaction."""
    await desk.ask()
    await desk.user.open("/")
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(ui.aggrid, "run_grid_method", lambda _, *arguments: sent.append(arguments))
    desk.tick(quote("AAPL", Decimal("190.00"), desk.clock.now()))
    desk.console.board.publish()
    assert [(name, [row["symbol"] for row in rows["update"]], rows["add"]) for name, rows in sent] == [  # type: ignore[index] # a transaction
        ("applyTransactionAsync", ["AAPL"], [])
    ]


async def test_a_lost_feed_greys_every_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing arrives any more: the light says so and every row is sent again as stale."""
    await desk.user.open("/")
    desk.tick(quote("AAPL", Decimal(1), desk.clock.now()), quote("MSFT", Decimal(2), desk.clock.now()))
    await desk.user.should_see("live")
    sent: list[dict[str, list[dict[str, object]]]] = []
    monkeypatch.setattr(ui.aggrid, "run_grid_method", lambda _, __, rows: sent.append(rows))
    desk.clock.advance(60)
    desk.console.board.publish()
    await desk.user.should_see("silent")
    assert [row["badges"] for row in sent[0]["update"]] == [["STALE"], ["STALE"]]


async def test_a_gateway_that_goes_and_comes_back_is_said(desk: Desk, fake: FakeGateway) -> None:
    """Down is said with the reason, prices stay, and the return is noticed without a reload."""
    await desk.ask()
    await desk.user.open("/")
    await desk.user.should_see("ready")
    fake.stop()
    await desk.ask()
    await desk.user.should_see("down")
    await desk.user.should_see("does not answer (no connection)")
    await desk.user.should_not_see("No prices yet")
    fake.start()
    await desk.ask()
    await desk.user.should_see("ready")


async def test_the_symbol_page_shows_quote_and_candles(desk: Desk, fake: FakeGateway) -> None:
    """The chart has the bars of the interval in the address."""
    minute = timedelta(minutes=5)
    fake.bars["AAPL", "5m"] = bars("AAPL", "5m", minute, end=START, count=30)
    await desk.ask()
    await desk.user.open("/symbols/AAPL?interval=5m")
    await desk.user.should_see(ui.echart)
    chart = desk.user.find(ui.echart).elements.pop()
    assert len(chart.options["series"][0]["data"]) == 30
    await desk.user.should_see("187.45")


async def test_the_symbol_page_says_why_there_are_no_bars(desk: Desk, fake: FakeGateway) -> None:
    """The gateway's own words stand in the place of the chart, and an empty answer has words too."""
    fake.bars["AAPL", "1h"] = []
    await desk.user.open("/symbols/AAPL?interval=1d")
    await desk.user.should_see("no provider has bars of AAPL in the interval 1d")
    await desk.user.open("/symbols/AAPL?interval=1h")
    await desk.user.should_see("There are no bars of this symbol in this interval. Choose another interval.")


async def test_the_providers_page_shows_each_provider(desk: Desk, fake: FakeGateway) -> None:
    """State, breaker, budget and last error are there, and a change comes without a reload."""
    await desk.ask()
    await desk.user.open("/providers")
    await desk.user.should_see("HEALTHY")
    await desk.user.should_see("SIMULATED")
    spent = {"per_minute": None, "per_day": {"limit": 25, "used": 25}}
    fake.providers = [provider("alpha", state="down", breaker="open", last_error="HTTP 429", budget=spent)]
    await desk.ask()
    await desk.user.should_see("25 used, 0 of 25 left")
    await desk.user.should_see("open, requests are held back")
    await desk.user.should_see("HTTP 429")
    await desk.user.should_not_see("HEALTHY")


async def test_the_providers_page_says_why_there_are_none(desk: Desk, fake: FakeGateway) -> None:
    """No provider, and no answer, are two reasons."""
    await desk.user.open("/providers")
    await desk.user.should_see("The gateway has not been asked yet.")
    fake.providers = []
    await desk.ask()
    await desk.user.should_see("The gateway has no provider.")


async def test_the_theme_is_kept_for_the_visitor(desk: Desk) -> None:
    """The switch changes the page at once, and the next page begins in the chosen theme."""
    await desk.user.open("/")
    assert desk.user.find(ui.dark_mode).elements.pop().value is True
    desk.user.find(marker="theme-switch").click()
    await desk.user.open("/providers")
    assert desk.user.find(ui.dark_mode).elements.pop().value is False


async def test_without_a_role_every_page_leads_to_the_login(desk: Desk) -> None:
    """The login knows the way back; nothing of the page is shown before."""
    desk.tokens.anonymous_role = None
    answer = await desk.user.http_client.get("/symbols/AAPL?interval=5m")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/login?redirect_to=%2Fsymbols%2FAAPL%3Finterval%3D5m",
    )
    assert "AAPL</" not in answer.text


async def test_a_token_opens_the_console_and_leads_back(desk: Desk) -> None:
    """After the login the page says who one is, and may be left again."""
    desk.tokens.anonymous_role = None
    assert await desk.sign_in() == (303, "/providers")
    await desk.user.open("/providers")
    await desk.user.should_see("ada \N{MIDDLE DOT} trader")
    assert (await desk.user.http_client.post("/logout")).status_code == 303
    assert (await desk.user.http_client.get("/providers")).status_code == 303


@pytest.mark.parametrize("target", ["//evil.example", "javascript:alert(1)", "/\\evil.example"])
async def test_the_login_leads_nowhere_else(desk: Desk, target: str) -> None:
    """A prepared link cannot send a person who has just signed in to another host."""
    assert await desk.sign_in(redirect_to=target) == (303, "/")


async def test_a_wrong_token_is_refused_and_guessing_is_slowed(desk: Desk) -> None:
    """The page says that the token is unknown, and after some attempts that one has to wait."""
    for _ in range(ALLOWED):
        assert await desk.sign_in("guess") == (303, "/login?redirect_to=%2Fproviders&problem=unknown")
    assert await desk.sign_in() == (303, "/login?redirect_to=%2Fproviders&problem=wait")
    await desk.user.open("/login?problem=wait")
    await desk.user.should_see("Too many attempts.")


async def test_a_live_page_notices_a_logout(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is open elsewhere shows nothing more and leads to the login with the next view."""
    desk.tokens.anonymous_role = None
    await desk.sign_in()
    client = await desk.user.open("/providers")
    opened: list[object] = []
    monkeypatch.setattr(client, "open", opened.append)
    desk.tokens.known = {}
    desk.console.board.publish()
    assert opened == ["/login?redirect_to=%2Fproviders"]


async def test_the_cookie_alone_is_worth_nothing_after_a_logout(desk: Desk) -> None:
    """A copy of the cookie from before the logout does not open the console."""
    desk.tokens.anonymous_role = None
    await desk.sign_in()
    copied = dict(desk.user.http_client.cookies)
    await desk.user.http_client.post("/logout")
    desk.user.http_client.cookies.update(copied)
    assert (await desk.user.http_client.get("/")).status_code == 303


async def test_pages_are_not_kept_by_caches(desk: Desk) -> None:
    """What a role may see is in no cache of browser or proxy."""
    answer = await desk.user.http_client.get("/")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_symbol_of_the_address_cannot_break_out_of_the_page(desk: Desk) -> None:
    """A prepared address is shown as text."""
    answer = await desk.user.http_client.get("/symbols/%3C%2Fscript%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert "<script>alert(1)" not in answer.text


async def test_a_stale_state_of_the_bus_is_shown(desk: Desk) -> None:
    """A lost bus is said in the header of every page."""
    desk.console.board.change(replace(desk.console.board.state, trouble="the bus does not answer"))
    desk.console.board.publish()
    await desk.user.open("/providers")
    await desk.user.should_see("The bus does not answer. The console reconnects by itself.")
