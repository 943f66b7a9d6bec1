"""Parameters from a document: the values that fit, and what a person reads about those that do not."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from stockbot.errors import ConfigurationError
from stockbot.events.market import Bar
from stockbot.model.strategies.buy_and_hold import BuyAndHold
from stockbot.model.strategies.catalogue import BUILT_IN, Kind
from stockbot.model.strategies.moving_average_cross import Average, MovingAverageCross
from stockbot.model.strategies.parameters import parse_parameters
from stockbot.model.strategies.rsi_mean_reversion import RsiMeanReversion
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Wish


class OddParameters(Struct, frozen=True, kw_only=True):
    needed: Annotated[int, Meta(gt=0, lt=5, description="What it cannot do without.")]
    amount: Decimal = Decimal(1)
    ratio: float = 1.0
    side: Literal["buy", "sell"] = "buy"
    note: Annotated[str, Meta(max_length=5)] = ""


class Odd(Strategy[OddParameters]):
    version = "1"
    Parameters = OddParameters

    @classmethod
    def warmup(cls, parameters: OddParameters) -> int:
        return parameters.needed

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        return ()


def test_text_and_whole_numbers_become_typed() -> None:
    """As they stand in a document: whole numbers bare or in quotes, all else as text; the rest are defaults."""
    given_: dict[str, str | int] = {
        "fast": 5,
        "slow": "30",
        "average": "exponential",
        "band_percent": "0.5",
        "short": "true",
    }
    parsed = parse_parameters(MovingAverageCross, given_)
    assert (parsed.fast, parsed.slow, parsed.average) == (5, 30, Average.EXPONENTIAL)
    assert (parsed.band_percent, parsed.short) == (0.5, True)
    assert parse_parameters(MovingAverageCross, {}) == MovingAverageCross.Parameters()


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (MovingAverageCross, {"fats": 5}, "parameter 'fats' does not exist; did you mean fast?"),
        (MovingAverageCross, {"zzz": 5}, "parameter 'zzz' does not exist. It has fast, slow, average"),
        (MovingAverageCross, {"fast": 0}, "fast is 0, but must be a whole number of at least 1 and at most 1000 (Bars"),
        (MovingAverageCross, {"fast": "ten"}, "fast is 'ten', but must be a whole number"),
        (MovingAverageCross, {"fast": "1.5"}, "fast is '1.5', but must be a whole number"),
        (MovingAverageCross, {"average": "simpel"}, "average is 'simpel', but must be one of exponential, simple"),
        (MovingAverageCross, {"short": "maybe"}, "short is 'maybe', but must be true or false"),
        (MovingAverageCross, {"band_percent": "nan"}, "band_percent is 'nan', but must be a number of at least 0"),
        (MovingAverageCross, {"fast": 50}, "fast is 50, but must be below slow, which is 50"),
        (RsiMeanReversion, {"oversold": 60}, "oversold, middle and overbought must rise in this order, not 60, 50"),
        (BuyAndHold, {"band_percent": "x" * 200}, "xxx..., but must be a number of at least 0 and at most 100"),
        (Odd, {}, "needed is missing: it must be a whole number above 0 and below 5 (What it cannot do without)"),
        (Odd, {"needed": 1, "amount": "NaN"}, "amount is 'NaN', but must be a decimal number"),
        (Odd, {"needed": 1, "ratio": "inf"}, "ratio is 'inf', but must be a number"),
        (Odd, {"needed": 1, "side": "hold"}, "side is 'hold', but must be one of buy, sell"),
        (Odd, {"needed": 1, "note": "too long"}, "note is 'too long', but must be text of at most 5 characters"),
    ],
)
def test_what_is_wrong_is_said(kind: Kind, values: Mapping[str, str | int], words: str) -> None:
    """The strategy, the parameter, the value, and what would be right with its bounds."""
    with pytest.raises(ConfigurationError) as refused:
        parse_parameters(kind, values)
    assert str(refused.value).startswith(f"{kind.__name__}: ")
    assert words in str(refused.value)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12) | st.integers(), max_size=3), st.data())
def test_whatever_is_typed_there_is_an_answer(junk: dict[str, str | int], data: st.DataObject) -> None:
    """Parameters that keep their bounds, or a ConfigurationError of one line; never another exception."""
    kind = data.draw(st.sampled_from(sorted(BUILT_IN.values(), key=lambda one: one.__name__)))
    names = st.sampled_from(kind.Parameters.__struct_fields__)
    values = junk | data.draw(st.dictionaries(names, st.integers() | st.text(max_size=8), max_size=3))
    outcome = _parsed(kind, values)
    if isinstance(outcome, str):
        assert "\n" not in outcome
    else:
        assert msgspec.convert(msgspec.to_builtins(outcome), kind.Parameters) == outcome


def _parsed(kind: Kind, values: Mapping[str, str | int]) -> Any:
    try:
        return parse_parameters(kind, values)
    except ConfigurationError as error:
        return str(error)
