"""Fuzz: no JSON that a source could send makes the readers raise anything but a ProviderError."""

import json
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.events.market import Adjustment
from stockbot.market_data_gateway.providers import alpha_vantage_answers, yahoo_answers
from stockbot.market_data_gateway.providers.http import parse_json
from stockbot.market_data_gateway.providers.protocol import MalformedAnswer, ProviderError, QuotesAnswer
from stockbot.testing.clock import START as NOW
from stockbot.testing.provider_answers import FakeMarket, Json, alpha_vantage, yahoo

NASTY = ["", "NaN", "1e999", "-1", "0", "9999-12-31", "0001-01-01 00:00:00", "2026-02-30", "1_0", "\u0661"]
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -1, 0]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(NASTY),
    st.text(max_size=12),
)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
YAHOO_QUOTES = yahoo(FakeMarket(), "/v7/finance/quote", {"symbols": "AAPL,MSFT"})[1]
YAHOO_CHART = yahoo(FakeMarket(), "/v8/finance/chart/AAPL", {"interval": "1d"})[1]
GLOBAL_QUOTE = alpha_vantage(FakeMarket(), "/query", {"function": "GLOBAL_QUOTE", "symbol": "AAPL"})[1]
BULK = alpha_vantage(FakeMarket(), "/query", {"function": "REALTIME_BULK_QUOTES", "symbol": "AAPL,MSFT"})[1]
DAILY = alpha_vantage(FakeMarket(), "/query", {"function": "TIME_SERIES_DAILY", "symbol": "AAPL"})[1]


def read_everything(text: str) -> None:
    """Parse the text with every reader; whatever is not a ProviderError comes out and fails the test."""
    for read in (_yahoo_quotes, _yahoo_chart_quote, _yahoo_bars, _alpha_quote, _alpha_bulk, _alpha_bars):
        with suppress(ProviderError):
            read(parse_json(text))


@given(anything)
def test_any_json_is_read_or_refused(value: object) -> None:
    """Arbitrary JSON, NaN and huge numbers included, is a ProviderError at worst."""
    read_everything(json.dumps(value))


@given(st.data(), st.sampled_from([YAHOO_QUOTES, YAHOO_CHART, GLOBAL_QUOTE, BULK, DAILY]))
def test_a_good_answer_with_one_bad_spot(data: st.DataObject, answer: Json) -> None:
    """A real answer in which one value anywhere is replaced by anything is still read or refused."""
    paths = list(_paths(answer))
    path = data.draw(st.sampled_from(paths))
    read_everything(json.dumps(_replaced(answer, path, data.draw(anything))))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """What is not JSON at all is named as such."""
    read_everything(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  <html>", "web page"),
        ("{", "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ("1" * 9999, "broken JSON"),
    ],
)
def test_what_is_not_json_is_named(text: str, words: str) -> None:
    """The reason tells an empty body, a web page and a cut answer apart."""
    with pytest.raises(MalformedAnswer, match=words):
        parse_json(text)


def test_one_bad_row_spoils_no_other_symbol() -> None:
    """NaN in one of two quotes leaves the other one whole."""
    text = json.dumps(_replaced(YAHOO_QUOTES, ("quoteResponse", "result", 0, "regularMarketPrice"), float("nan")))
    answer = _yahoo_quotes(parse_json(text))
    assert [q.symbol for q in answer.quotes] == ["MSFT"]
    assert "NaN" in answer.refused["AAPL"]


def test_bars_of_another_length_are_not_taken() -> None:
    """Yahoo sends months where days were asked for, without a word: the granularity tells."""
    text = json.dumps(_replaced(YAHOO_CHART, ("chart", "result", 0, "meta", "dataGranularity"), "1mo"))
    with pytest.raises(MalformedAnswer, match="1mo instead of 1d"):
        _yahoo_bars(parse_json(text))


def test_a_gap_is_a_gap_and_an_untrue_bar_is_left_out() -> None:
    """A row of nulls vanishes; a close above the high is left out with its reason."""
    column = ("chart", "result", 0, "indicators", "quote", 0)
    chart = YAHOO_CHART
    for name in ("open", "high", "low", "close"):
        chart = _replaced(chart, (*column, name, 0), None)
    answer = _yahoo_bars(parse_json(json.dumps(_replaced(chart, (*column, "close", 1), 150.0))))
    assert [bar.close for bar in answer.bars] == [Decimal("51.25")]
    assert "outside its low and high" in answer.left_out[0]


def _yahoo_quotes(answer: object) -> QuotesAnswer:
    return yahoo_answers.quotes(answer, ["AAPL", "MSFT"], provider="yahoo", now=NOW)


def _yahoo_chart_quote(answer: object) -> QuotesAnswer:
    return yahoo_answers.chart_quote(answer, "AAPL", provider="yahoo", now=NOW)


def _yahoo_bars(answer: object) -> yahoo_answers.BarsAnswer:
    adjusted = Adjustment.SPLITS_AND_DIVIDENDS
    return yahoo_answers.bars(answer, symbol="AAPL", interval="1d", adjustment=adjusted, provider="yahoo", now=NOW)


def _alpha_quote(answer: object) -> QuotesAnswer:
    body = alpha_vantage_answers.body(answer, NOW)
    return alpha_vantage_answers.global_quote(body, "AAPL", provider="alpha", now=NOW)


def _alpha_bulk(answer: object) -> QuotesAnswer:
    body = alpha_vantage_answers.body(answer, NOW)
    return alpha_vantage_answers.bulk_quotes(body, ("AAPL", "MSFT"), provider="alpha", now=NOW)


def _alpha_bars(answer: object) -> object:
    body = alpha_vantage_answers.body(answer, NOW)
    daily = alpha_vantage_answers.bars(
        body, lambda key, row: alpha_vantage_answers.daily_bar(key, row, symbol="A", provider="alpha", now=NOW)
    )
    minutes = alpha_vantage_answers.bars(
        body,
        lambda key, row: alpha_vantage_answers.intraday_bar(
            key,
            row,
            symbol="A",
            interval="5m",
            length=timedelta(minutes=5),
            adjustment=Adjustment.RAW,
            provider="alpha",
            now=NOW,
        ),
    )
    return daily, minutes


def _paths(value: Json, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [here, *(path for key, each in value.items() for path in _paths(each, (*here, key)))]
    if isinstance(value, list):
        return [here, *(path for n, each in enumerate(value) for path in _paths(each, (*here, n)))]
    return [here]


def _replaced(value: Json, path: tuple[str | int, ...], new: Any) -> Json:
    if not path:
        return new  # type: ignore[no-any-return]  # any JSON value
    copy: Any = value.copy() if isinstance(value, dict | list) else value
    copy[path[0]] = _replaced(copy[path[0]], path[1:], new)
    return copy  # type: ignore[no-any-return]  # a copy of JSON
