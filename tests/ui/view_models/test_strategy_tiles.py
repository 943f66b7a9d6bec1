"""Every strategy in a line."""

import msgspec

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import positions
from stockbot.testing.trading_scenes import strategy
from stockbot_console.bookkeeper_answers import Holding
from stockbot_console.orchestrator_answers import Strategy
from stockbot_console.view_models.strategy_tiles import strategy_tiles

STRATEGIES = [msgspec.convert(strategy(name), Strategy) for name in ("trend", "idle")]
HOLDINGS = [msgspec.convert(one, Holding) for one in positions(START)]


def test_a_tile_says_what_a_strategy_holds_and_made() -> None:
    """Realised and unrealised, less fees; nothing of another's."""
    tiles = strategy_tiles(STRATEGIES, HOLDINGS)
    assert (tiles["trend"].holds, tiles["trend"].made.text) == ("80 AAPL", "▲ +595.18")
    assert (tiles["idle"].holds, tiles["idle"].made.text) == ("no position", "0.00")


def test_without_a_price_what_it_made_is_not_known() -> None:
    """It is not called nothing."""
    priceless = [msgspec.structs.replace(one, unrealised=None) for one in HOLDINGS]
    assert strategy_tiles(STRATEGIES, priceless)["trend"].made.text == "—"
