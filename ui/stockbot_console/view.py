"""What every page shows at one moment, made from the state. Pure; the board makes it, the pages read it."""

from collections.abc import Collection, Mapping
from datetime import datetime, tzinfo

from msgspec import Struct

from stockbot_console.answers import Failure, Provider
from stockbot_console.journal import Journal
from stockbot_console.market import Track
from stockbot_console.order_book import OrderBook
from stockbot_console.state import Alerts, Execution, Holdings, Risk, Standings, State, Strategies
from stockbot_console.view_models.account_mode import ModeBadge, mode_badge
from stockbot_console.view_models.ages import zone_of
from stockbot_console.view_models.banner import Banner, banner
from stockbot_console.view_models.bell import Bell, bell
from stockbot_console.view_models.lights import Light, broker_light, bus_light, feed_light, is_lost, service_light
from stockbot_console.view_models.market_clock import MarketClock, market_clock
from stockbot_console.view_models.trading_state import Badge, badge
from stockbot_console.view_models.watchlist import Row, watchlist_row


class View(Struct, frozen=True, kw_only=True):
    """Times are in UTC; `zone` is the exchange's, for showing them. `rows` are sorted by symbol."""

    at: datetime
    zone: tzinfo
    rows: Mapping[str, Row]
    lights: tuple[Light, ...]
    banner: Banner
    clock: MarketClock
    last_tick_at: datetime | None
    providers: tuple[Provider, ...] | Failure
    priceless: tuple[str, ...]  # symbols of the gateway that have no quote yet
    journal: Journal
    orders: OrderBook
    strategies: Strategies | None  # None, as the ones below, where the platform has no such service
    risk: Risk | None
    execution: Execution | None
    holdings: Holdings | None
    alerts: Alerts | None
    standings: Standings | None
    trading: Badge | None
    mode: ModeBadge | None
    bell: Bell | None


def view_of(state: State, now: datetime) -> View:
    main = state.main_exchange
    zone = zone_of(main.timezone if main else None)
    known = {} if isinstance(state.providers, Failure) else {one.name: one for one in state.providers}
    return View(
        at=now,
        zone=zone,
        rows=_rows(state, now, {one.name for one in known.values() if one.simulated}),
        lights=_lights(state, now, zone),
        banner=banner({track.quote.provider for track in state.tracks.values()}, known),
        clock=market_clock(main, now),
        last_tick_at=state.pulse.last_tick_at,
        providers=state.providers,
        priceless=tuple(sorted(set(state.exchange_of) - set(state.tracks))),
        journal=state.journal,
        orders=state.orders,
        strategies=state.strategies,
        risk=state.risk,
        execution=state.execution,
        holdings=state.holdings,
        alerts=state.alerts,
        standings=state.standings,
        trading=badge(state.risk.status) if state.risk else None,
        mode=mode_badge(state.execution.reconciliation) if state.execution else None,
        bell=bell(state.alerts.unanswered, now) if state.alerts else None,
    )


def _rows(state: State, now: datetime, simulated: Collection[str]) -> Mapping[str, Row]:
    lost = is_lost(state.pulse, now)
    tracks: list[tuple[str, Track]] = sorted(state.tracks.items())
    return {
        symbol: watchlist_row(track, simulated=simulated, feed_lost=lost, zone=_zone(state, symbol))
        for symbol, track in tracks
    }


def _zone(state: State, symbol: str) -> tzinfo:
    hours = state.hours_of(symbol)
    return zone_of(hours.timezone if hours else None)


def _lights(state: State, now: datetime, zone: tzinfo) -> tuple[Light, ...]:
    stale = sum(track.quote.stale for track in state.tracks.values())
    return (
        feed_light(state.pulse, stale=stale, symbols=len(state.tracks), now=now, zone=zone),
        bus_light(state.trouble),
        service_light("Gateway", "gateway", state.reach),
        *([service_light("Strategies", "Strategy Orchestrator", state.strategies.reach)] if state.strategies else []),
        *([service_light("Risk", "Risk Guardian", state.risk.reach)] if state.risk else []),
        *([_broker(state.execution)] if state.execution else []),
        *([service_light("Portfolio", "Portfolio Manager", state.holdings.reach)] if state.holdings else []),
        *([service_light("Alerts", "Alert Manager", state.alerts.reach)] if state.alerts else []),
    )


def _broker(said: Execution) -> Light:
    return broker_light(said.reach, said.reconciliation, said.drain)
