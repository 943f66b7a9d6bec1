"""Lists come in pages, and the cursor leads through all of them without a gap."""

import contextlib
from decimal import Decimal

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.runtime.web import Page, Problem, page_of
from stockbot.runtime.web.paging import decode_cursor, encode_cursor

positions = st.lists(st.text(max_size=20) | st.integers(-(2**63), 2**63 - 1), max_size=4).map(tuple)


async def test_leads_through_all_pages(viewer: httpx.AsyncClient) -> None:
    """Following `next` to its end gives every item once, in order."""
    symbols: list[str] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        page = (await viewer.get("/api/v1/holdings", params=query)).json()
        symbols += [item["symbol"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert symbols == ["S0", "S1", "S2", "S3", "S4"]


@pytest.mark.parametrize("cursor", ["x", "!!!", "eyJhIjoxfQ", "W10x", "é", encode_cursor((2**63,))])
async def test_says_what_a_wrong_cursor_is(viewer: httpx.AsyncClient, cursor: str) -> None:
    """A cursor that was not given out is a 422 that says where to get one."""
    answer = await viewer.get("/api/v1/holdings", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "query.cursor"
    assert "`next` of the page before" in answer.json()["detail"]


@given(positions)
def test_cursors_come_back_as_they_went(position: tuple[str | int, ...]) -> None:
    """Whatever the keys of an order are, the cursor gives them back, and it is fit for an address."""
    cursor = encode_cursor(position)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert decode_cursor(cursor) == position


@given(st.text(max_size=60))
def test_no_text_breaks_the_cursor(text: str) -> None:
    """Any text is either a cursor or a problem, never another error."""
    with contextlib.suppress(Problem):
        assert isinstance(decode_cursor(text), tuple)


def test_a_page_holds_no_more_than_its_limit() -> None:
    """The item too many only says that there is a next page, which starts with it."""
    page = page_of(["a", "b", "c"], 2, lambda item: (item,))
    assert page == Page(["a", "b"], encode_cursor(("b",)))


def test_the_last_page_has_no_next() -> None:
    """Exactly as many items as the limit means that there is no more."""
    assert page_of(["a", "b"], 2, lambda item: (item,)) == Page(["a", "b"], None)
    assert page_of([], 2, lambda item: (item,)) == Page([], None)


def test_decimals_travel_as_strings() -> None:
    """A page of money is JSON that no reader rounds."""
    page = page_of([Decimal("0.30")], 10, lambda _: ())
    assert msgspec.json.encode(page) == b'{"items":["0.30"],"next":null}'
