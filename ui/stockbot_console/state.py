"""All that the console knows, and how events and the services' answers change it. Pure; the board keeps it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events import Event
from stockbot.events.market import ExchangeSessions, MarketData, Quote
from stockbot.events.portfolio import PortfolioUpdate
from stockbot.fleet import Service
from stockbot_console.alarm_answers import Alert
from stockbot_console.answers import Failure, Listing, Provider, Reach, known
from stockbot_console.bookkeeper_answers import Account, Holding
from stockbot_console.engine_answers import Drain, Reconciliation
from stockbot_console.guardian_answers import Exposure, LimitUse, PastChange, TradingStatus, Verdict
from stockbot_console.holdings import accounts_after, holdings_after
from stockbot_console.journal import Journal, recorded
from stockbot_console.market import Track, follow
from stockbot_console.orchestrator_answers import SignalEntry, Strategy
from stockbot_console.order_book import OrderBook, Told, after_answer
from stockbot_console.view_models.lights import Pulse
from stockbot_console.view_models.market_clock import session_opened

NOT_ASKED = Failure(reason="The gateway has not been asked yet.", remedy="")
ORCHESTRATOR_NOT_ASKED = Failure(reason="The Strategy Orchestrator has not been asked yet.", remedy="")
GUARDIAN_NOT_ASKED = Failure(reason="The Risk Guardian has not been asked yet.", remedy="")
ENGINE_NOT_ASKED = Failure(reason="The Execution Engine has not been asked yet.", remedy="")
BOOKKEEPER_NOT_ASKED = Failure(reason="The Portfolio Manager has not been asked yet.", remedy="")
SERVICES_NOT_ASKED = Failure(reason="How the services stand has not been asked yet.", remedy="")
ALARMS_NOT_ASKED = Failure(reason="The Alert Manager has not been asked yet.", remedy="")


class Strategies(Struct, frozen=True, kw_only=True):
    """What the Strategy Orchestrator said; `reach` is None before it was asked."""

    reach: Reach | None = None
    instances: tuple[Strategy, ...] | Failure = ORCHESTRATOR_NOT_ASKED


class Risk(Struct, frozen=True, kw_only=True):
    """What the Risk Guardian said; `history` has the newest change of the trading state first."""

    reach: Reach | None = None
    status: TradingStatus | Failure = GUARDIAN_NOT_ASKED
    history: tuple[PastChange, ...] | Failure = GUARDIAN_NOT_ASKED
    limits: tuple[LimitUse, ...] | Failure = GUARDIAN_NOT_ASKED
    exposures: tuple[Exposure, ...] | Failure = GUARDIAN_NOT_ASKED


class Execution(Struct, frozen=True, kw_only=True):
    """What the Execution Engine said; `trouble` is why the orders may be behind, None while they were answered."""

    reach: Reach | None = None
    trouble: Failure | None = ENGINE_NOT_ASKED
    reconciliation: Reconciliation | Failure = ENGINE_NOT_ASKED
    drain: Drain | Failure = ENGINE_NOT_ASKED


class Holdings(Struct, frozen=True, kw_only=True):
    """What the Portfolio Manager said."""

    reach: Reach | None = None
    accounts: tuple[Account, ...] | Failure = BOOKKEEPER_NOT_ASKED
    positions: tuple[Holding, ...] | Failure = BOOKKEEPER_NOT_ASKED


class Alerts(Struct, frozen=True, kw_only=True):
    """What the Alert Manager said: the alerts that nobody has acknowledged."""

    reach: Reach | None = None
    unanswered: tuple[Alert, ...] | Failure = ALARMS_NOT_ASKED


class Standings(Struct, frozen=True, kw_only=True):
    """How all services stand; `trouble` is why that may be out of date, None while it was answered."""

    services: tuple[Service, ...] = ()
    trouble: Failure | None = SERVICES_NOT_ASKED
    asked_at: datetime | None = None


class State(Struct, frozen=True, kw_only=True):
    """Tracks and exchanges by symbol; `trouble` is None while the bus answers, else the reason in words.

    The last ones, from `strategies` on, are None where the platform has no such service.
    """

    pulse: Pulse
    tracks: Mapping[str, Track] = {}
    trouble: str | None = "not connected to the bus yet"
    reach: Reach | None = None
    exchange_of: Mapping[str, str] = {}
    exchanges: Mapping[str, ExchangeSessions] = {}
    providers: tuple[Provider, ...] | Failure = NOT_ASKED
    journal: Journal = Journal()
    orders: OrderBook = OrderBook()
    strategies: Strategies | None = None
    risk: Risk | None = None
    execution: Execution | None = None
    holdings: Holdings | None = None
    alerts: Alerts | None = None
    standings: Standings | None = None

    def hours_of(self, symbol: str) -> ExchangeSessions | None:
        """The sessions of the symbol's exchange; None where the gateway has not named them."""
        return self.exchanges.get(self.exchange_of.get(symbol, ""))

    @property
    def main_exchange(self) -> ExchangeSessions | None:
        """The exchange of most symbols: the one whose clock is shown."""
        ranking = Counter(self.exchange_of.values()).most_common()
        return next((self.exchanges[name] for name, _ in ranking if name in self.exchanges), None)


class Answers(Struct, frozen=True, kw_only=True):
    """One round of questions to the gateway."""

    reach: Reach
    quotes: tuple[Quote, ...] | Failure
    providers: tuple[Provider, ...] | Failure
    listings: tuple[Listing, ...] | Failure
    exchanges: tuple[ExchangeSessions, ...] | Failure


def after_tick(state: State, event: MarketData, now: datetime) -> State:
    pulse = replace(state.pulse, last_tick_at=now, interval_seconds=event.data.interval_seconds)
    return replace(state, pulse=pulse, tracks=_followed(state, event.data.quotes, now))


def after_answers(state: State, answers: Answers, now: datetime) -> State:
    """Take over what was answered; where the gateway was silent, what was known before stays."""
    after = replace(state, reach=answers.reach, providers=answers.providers)
    if not isinstance(answers.listings, Failure):
        after = replace(after, exchange_of={listing.symbol: listing.exchange for listing in answers.listings})
    if not isinstance(answers.exchanges, Failure):
        after = replace(after, exchanges={hours.exchange: hours for hours in answers.exchanges})
    return replace(after, tracks=_followed(after, known(answers.quotes), now))


def after_strategies(state: State, said: Strategies, signals: Iterable[SignalEntry]) -> State:
    """Take over what the orchestrator said, unless it was asked before it said what is known already."""
    if state.strategies is None or _is_older(said.reach, state.strategies.reach):
        return state
    return replace(state, strategies=said, journal=recorded(state.journal, signals, ()))


def after_risk(state: State, said: Risk, verdicts: Iterable[Verdict]) -> State:
    """Take over what the guardian said, unless it was asked before it said what is known already."""
    if state.risk is None or _is_older(said.reach, state.risk.reach):
        return state
    return replace(state, risk=said, journal=recorded(state.journal, (), verdicts))


def after_execution(state: State, said: Execution, told: Told | None) -> State:
    """Take over what the engine said, unless it was asked before it said what is known already."""
    if state.execution is None or _is_older(said.reach, state.execution.reach):
        return state
    orders = state.orders if told is None else after_answer(state.orders, told)
    return replace(state, execution=said, orders=orders)


def after_holdings(state: State, said: Holdings) -> State:
    """Take over what the Portfolio Manager said, unless it was asked before it said what is known already."""
    if state.holdings is None or _is_older(said.reach, state.holdings.reach):
        return state
    return replace(state, holdings=said)


def after_alerts(state: State, said: Alerts) -> State:
    if state.alerts is None or _is_older(said.reach, state.alerts.reach):
        return state
    return replace(state, alerts=said)


def after_standings(state: State, said: tuple[Service, ...] | Failure, asked_at: datetime) -> State:
    """Take over how the services stand; without an answer, what was known before stays, and the reason is kept."""
    before = state.standings
    if before is None or (before.asked_at is not None and asked_at < before.asked_at):
        return state
    if isinstance(said, Failure):
        return replace(state, standings=replace(before, trouble=said))
    return replace(state, standings=Standings(services=said, trouble=None, asked_at=asked_at))


def after_portfolios(state: State, events: Iterable[Event]) -> State:
    """The state after portfolios of the bus, each of which replaces those of a lower version."""
    for event in events:
        if isinstance(event, PortfolioUpdate) and state.holdings is not None:
            state = replace(state, holdings=_after_portfolio(state.holdings, event))
    return state


def _after_portfolio(holdings: Holdings, event: PortfolioUpdate) -> Holdings:
    accounts, positions = holdings.accounts, holdings.positions
    if isinstance(accounts, Failure) or isinstance(positions, Failure):
        return holdings
    after = accounts_after(accounts, event)
    if after == accounts:
        return holdings
    return replace(holdings, accounts=after, positions=holdings_after(positions, event.data))


def _is_older(said: Reach | None, before: Reach | None) -> bool:
    return said is not None and before is not None and said.asked_at < before.asked_at


def _followed(state: State, quotes: Iterable[Quote], now: datetime) -> Mapping[str, Track]:
    changed = {
        quote.symbol: follow(state.tracks.get(quote.symbol), quote, session_opened(state.hours_of(quote.symbol), now))
        for quote in quotes
    }
    return {**state.tracks, **changed}
