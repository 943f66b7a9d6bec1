"""The label that says whether the prices on the page are real. Used by the header of every page."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from stockbot_console.answers import Provider


class Banner(Struct, frozen=True, kw_only=True):
    """`tone` is `simulated`, `real` or `unknown`; `detail` may be hidden on a narrow page, `word` never."""

    tone: str
    word: str
    detail: str
    reason: str


UNKNOWN = Banner(tone="unknown", word="NO PRICES", detail="", reason="No quote has arrived yet.")


def banner(in_use: Collection[str], providers: Mapping[str, Provider]) -> Banner:
    """Label quotes of the providers `in_use`. One that the gateway has not described counts as unknown."""
    if not in_use:
        return UNKNOWN
    sources = ", ".join(sorted(in_use))
    known = [providers[name] for name in in_use if name in providers]
    simulated = [provider for provider in known if provider.simulated]
    if len(known) < len(in_use):
        return Banner(
            tone="unknown",
            word="UNVERIFIED",
            detail="origin of prices unknown",
            reason=f"Prices come from {sources}; the gateway has not said whether they are real.",
        )
    if not simulated:
        return Banner(
            tone="real",
            word="REAL PRICES",
            detail=f"from {sources}",
            reason=f"Prices come from {sources}.",
        )
    if len(simulated) < len(known):
        return Banner(tone="simulated", word="MIXED MARKET", detail="some prices simulated", reason=_labels(simulated))
    if all(provider.type.lower() == "replay" for provider in simulated):
        return Banner(
            tone="simulated",
            word="REPLAY MARKET",
            detail="simulated from past prices",
            reason=_labels(simulated),
        )
    return Banner(tone="simulated", word="DEMO MARKET", detail="simulated prices", reason=_labels(simulated))


def _labels(simulated: Collection[Provider]) -> str:
    return "; ".join(f"{provider.name}: {provider.label}" for provider in simulated)
