"""The strategies by the name of their class, for documents, forms and the API; and the check of a person's own."""

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from stockbot.errors import ConfigurationError
from stockbot.model.strategies.bollinger_reversion import BollingerReversion
from stockbot.model.strategies.buy_and_hold import BuyAndHold
from stockbot.model.strategies.donchian_breakout import DonchianBreakout
from stockbot.model.strategies.moving_average_cross import MovingAverageCross
from stockbot.model.strategies.rsi_mean_reversion import RsiMeanReversion
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.time_series_momentum import TimeSeriesMomentum

Kind = type[Strategy[Any]]

BUILT_IN: Mapping[str, Kind] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            BollingerReversion,
            BuyAndHold,
            DonchianBreakout,
            MovingAverageCross,
            RsiMeanReversion,
            TimeSeriesMomentum,
        )
    }
)


class Description(Struct, frozen=True, kw_only=True):
    """What a form and a list show; `parameters` is a JSON schema."""

    name: str
    version: str
    text: str
    parameters: dict[str, Any]


def find(name: str, own: Mapping[str, Kind] = MappingProxyType({})) -> Kind:
    """The class of that name, built in or one's own.

    Raises ConfigurationError with the nearest name, or with all of them.
    """
    known = {**own, **BUILT_IN}
    if name not in known:
        close = get_close_matches(name, known, n=1)
        words = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
        raise ConfigurationError(f"there is no strategy {name[:60]!r}: {words}")
    return known[name]


def describe(kind: Kind) -> Description:
    return Description(
        name=kind.__name__,
        version=kind.version,
        text=inspect.getdoc(kind) or "",
        parameters=msgspec.json.schema(kind.Parameters),
    )


def checked(kind: object) -> Kind:
    """`kind` if it keeps the contract of a strategy.

    Raises ConfigurationError that says what it lacks.
    """
    if not isinstance(kind, type) or not issubclass(kind, Strategy):
        raise ConfigurationError(f"{getattr(kind, '__name__', kind)!s} is not a class made from Strategy")
    lacks = _lacks(kind)
    if lacks:
        raise ConfigurationError(f"{kind.__name__} {lacks}")
    return kind


def _lacks(kind: Kind) -> str | None:
    missing = sorted(getattr(kind, "__abstractmethods__", ()))
    version, parameters = getattr(kind, "version", None), getattr(kind, "Parameters", None)
    if missing:
        return f"has no {' and no '.join(missing)}"
    if not isinstance(version, str) or not version:
        return f'needs a version, a text such as "1", not {version!r}'
    if (
        not isinstance(parameters, type)
        or not issubclass(parameters, Struct)
        or not parameters.__struct_config__.frozen
    ):
        return "needs Parameters, a frozen msgspec Struct"
    return None
