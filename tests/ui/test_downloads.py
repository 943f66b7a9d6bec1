"""Files to take away."""

import csv
import io
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest

from stockbot.testing.bookkeeper import FakeBookkeeper
from stockbot.testing.clock import START
from stockbot.testing.console_desk import Desk, open_desk
from stockbot.testing.desk_scenes import account, executions, orders
from stockbot.testing.engine import FakeEngine
from stockbot.testing.fake_service import running
from stockbot.testing.gateway import FakeGateway
from stockbot_console.downloads import orders_csv
from stockbot_console.engine_answers import Order

Fakes = tuple[FakeGateway, FakeEngine, FakeBookkeeper]


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    engine = FakeEngine(orders=orders(START), executions=executions(START), page_size=2)
    with (
        running(FakeGateway()) as gateway,
        running(engine),
        running(FakeBookkeeper(accounts=[account(START)])) as books,
    ):
        yield gateway, engine, books


@pytest.fixture
async def desk(fakes: Fakes) -> AsyncIterator[Desk]:
    gateway, engine, books = fakes
    async with open_desk(gateway, engine=engine, bookkeeper=books) as opened:
        yield opened


def read(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


async def test_orders_and_fills_come_in_full(desk: Desk) -> None:
    """Page by page from the engine, by the page's own filters; prices as they are."""
    answer = await desk.user.http_client.get("/orders.csv?state=all")
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(read(answer.text)) == 7
    assert (
        read((await desk.user.http_client.get("/orders.csv?state=all&symbol=TSLA")).text)[0]["average_price"]
        == "175.31"
    )
    assert len(read((await desk.user.http_client.get("/orders.csv")).text)) == 3
    fills = read((await desk.user.http_client.get("/fills.csv")).text)
    assert [row["execution_id"] for row in fills] == ["fill-4", "fill-3", "fill-2", "fill-1"]


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_the_statement_is_the_portfolio_managers(desk: Desk, form: str) -> None:
    """As it was made there."""
    answer = await desk.user.http_client.get(f"/statement.{form}?account=paper")
    assert answer.status_code == 200
    assert f"stockbot-statement.{form}" in answer.headers["content-disposition"]


async def test_what_cannot_be_had_is_said(desk: Desk, fakes: Fakes) -> None:
    """No file with an error in it."""
    answer = await desk.user.http_client.get("/statement.csv?account=other")
    assert (answer.status_code, answer.text) == (502, "there is no account other")
    fakes[1].stop()
    assert (await desk.user.http_client.get("/orders.csv")).status_code == 502
    fakes[1].start()


async def test_who_has_no_role_gets_no_file(desk: Desk) -> None:
    """Neither after a logout."""
    desk.tokens.anonymous_role = None
    for path in ("/orders.csv", "/fills.csv", "/statement.csv?account=paper"):
        assert (await desk.user.http_client.get(path)).status_code == 401


def test_no_cell_is_a_formula() -> None:
    """What a person typed as a reason is text in every spreadsheet."""
    made = msgspec.convert(orders(START)[5] | {"reason": "=HYPERLINK(0)"}, Order)
    assert read(orders_csv([made]).decode())[0]["reason"] == "'=HYPERLINK(0)"
