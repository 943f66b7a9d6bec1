"""From the document's words to what the decisions need."""

from decimal import Decimal
from typing import Any

import pytest
from tests.services.strategy_orchestrator.world import SYMBOLS, strategy

from stockbot.errors import ConfigurationError
from stockbot.model.strategies import sizing
from stockbot.model.strategies.schedule import Sessions
from stockbot.spec.strategy_orchestrator import Sizing, Strategy
from stockbot.strategy_orchestrator.assignments import Shard, assignment_of, digest_of, sizing_of


def spec(**changes: Any) -> Strategy:
    return Strategy.model_validate(strategy("trend", "MovingAverageCross", **changes))


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"fixedQuantity": "10"}, sizing.FixedQuantity(Decimal(10))),
        ({"notional": "500.5"}, sizing.Notional(Decimal("500.5"))),
        ({"percentOfEquity": "5"}, sizing.PercentOfEquity(Decimal(5))),
        ({"volatilityTarget": {"annual": "0.1", "lookbackBars": 30}}, sizing.VolatilityTarget(Decimal("0.1"), 30)),
    ],
)
def test_every_sizing_has_its_own_kind(given: dict[str, Any], made: sizing.Sizing) -> None:
    """The same numbers, exact."""
    assert sizing_of(Sizing.model_validate(given)) == made


def test_the_shards_share_the_symbols() -> None:
    """Each symbol is assigned on exactly one of them."""
    shards = [assignment_of(spec(), {}, account="paper", shard=Shard(n, 3)) for n in range(3)]
    assert sorted(symbol for shard in shards for symbol in shard.symbols) == sorted(SYMBOLS)


def test_the_document_s_words_arrive() -> None:
    """Account, interval, schedule and parameters."""
    made = assignment_of(spec(interval="5m", parameters={"fast": 3}), {}, account="main", shard=Shard(0, 1))
    assert (made.instance.account, made.instance.interval, made.instance.schedule) == ("main", "5m", Sessions.ALWAYS)
    assert made.parameters.fast == 3


def test_a_wrong_parameter_is_refused() -> None:
    """With its name and what would be right."""
    with pytest.raises(ConfigurationError, match="parameter 'quick' does not exist"):
        assignment_of(spec(parameters={"quick": 3}), {}, account="paper", shard=Shard(0, 1))


def test_the_digest_changes_with_document_and_code() -> None:
    """And with nothing else."""
    assert digest_of(spec(), "1") == digest_of(spec(), "1")
    assert len({digest_of(spec(), "1"), digest_of(spec(), "2"), digest_of(spec(enabled=False), "1")}) == 3
