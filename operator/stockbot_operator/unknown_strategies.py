"""Strategies of a document whose class is nowhere: not built in, and not in the ConfigMap of a person's own. Pure."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from stockbot.spec import TradingService
from stockbot.spec.strategy_orchestrator import BUILT_IN_STRATEGIES, StrategyOrchestrator
from stockbot_operator.outcome import Cause
from stockbot_operator.references import CONFIG_MAP, strategies_config_map
from stockbot_operator.seen import Seen

CLASS = re.compile(r"^class\s+(\w+)", re.MULTILINE)


def unknown_strategies(seen: Seen) -> Iterator[Cause]:
    """Yield a cause for each; an image of a person's own may bring classes that nobody can see from here."""
    document = seen.document
    if document is None or document.spec.image:
        return
    own = _classes_of(seen, document)
    block = document.spec.strategy_orchestrator or StrategyOrchestrator()
    for number, strategy in enumerate(block.strategies if own is not None else ()):
        known = BUILT_IN_STRATEGIES | (own or frozenset())
        if strategy.class_name not in known:
            place = f"spec.strategyOrchestrator.strategies[{number}].class"
            yield Cause("UnknownStrategy", f'{place} is "{strategy.class_name}": {_advice(strategy.class_name, known)}')


def _classes_of(seen: Seen, document: TradingService) -> frozenset[str] | None:
    """Return the classes that the ConfigMap declares; None while it is not known or not there."""
    name = strategies_config_map(document)
    if name is None:
        return frozenset()
    material = seen.materials.get((CONFIG_MAP, name))
    return None if material is None else frozenset(CLASS.findall("\n".join(material.data.values())))


def _advice(name: str, known: frozenset[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1)
    nearest = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))};"
    return f"{nearest} Classes of your own come from strategiesFrom, or with an image that spec.image names"
