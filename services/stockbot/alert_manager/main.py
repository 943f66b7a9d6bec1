"""The composition root of the Alert Manager: settings and one document in, a program out."""

import os
import sys
from datetime import timedelta

import httpx

from stockbot.alert_manager.api import alerts_api
from stockbot.alert_manager.channels import Channel, channels_of, rules_of
from stockbot.alert_manager.control_room import ControlRoom
from stockbot.alert_manager.counters import Counters
from stockbot.alert_manager.courier import carry
from stockbot.alert_manager.desk import Desk
from stockbot.alert_manager.dispatch import Dispatch
from stockbot.alert_manager.quiet_api import channels_api, silences_api
from stockbot.alert_manager.records import Records
from stockbot.alert_manager.settings import AlertSettings
from stockbot.alert_manager.sightings import targets_of
from stockbot.alert_manager.tables import DEAD_LETTERS, LEASE, PREFIX
from stockbot.alert_manager.watch import Watch
from stockbot.model.alerts.retries import Retries
from stockbot.runtime.lease import Lease
from stockbot.runtime.program import Program, run
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.web.dead_letters import dead_letters_api
from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot.spec.alert_manager import AlertManager

PACKAGE = "stockbot.alert_manager"
ONE_WRITER = "alerts"  # the name of the lease


def main(document: TradingService) -> None:
    """Run the Alert Manager of this document until a signal ends it."""
    sys.exit(run(lambda: build(AlertSettings.load(), document)))


def build(settings: AlertSettings, document: TradingService) -> Program:
    """The program, not started; raises ConfigurationError for what a person must mend."""
    block, name = document.spec.alert_manager or AlertManager(), document.metadata.name
    around = Surroundings.of(settings, name, package=PACKAGE, prefix=PREFIX)
    lease = Lease(LEASE, ONE_WRITER, settings.instance, seconds=settings.lease_seconds)
    channels = channels_of(block, os.environ)
    desk = _desk(settings, block, channels, around)
    records = Records(around.storage, lease, around.clock)
    counters = Counters(around.metrics.registry)
    console = settings.endpoints.get(ServiceType.DASHBOARD)
    dispatches = [
        Dispatch(channel, records, desk, carry=carry, console=console, clock=around.clock, counters=counters)
        for channel in channels
    ]
    watch = _watch(settings, block, around, records, desk, counters)
    room = ControlRoom(
        around=around,
        lease=lease,
        records=records,
        desk=desk,
        watch=watch,
        dispatches=dispatches,
        counters=counters,
    )
    room.register()
    return around.program(
        port=PORTS[ServiceType.ALERT_MANAGER],
        routers=[
            alerts_api(around.storage, records, desk, lambda: watch.watched),
            silences_api(around.storage, around.clock),
            channels_api(around.storage, dispatches, console, around.clock),
            dead_letters_api(around.storage, DEAD_LETTERS, around.clock),
        ],
        background=list(room.loops()),
        on_stop=[watch.client.aclose, records.close],
        description="Alert Manager: what went wrong, who was told, and who has gone quiet.",
    )


def _desk(settings: AlertSettings, block: AlertManager, channels: tuple[Channel, ...], around: Surroundings) -> Desk:
    return Desk(
        rules=rules_of(block, channels),
        retries=Retries(first=timedelta(seconds=settings.retry_seconds)),
        channels=frozenset(channel.name for channel in channels),
        source=around.source,
        clock=around.clock,
    )


def _watch(
    settings: AlertSettings,
    block: AlertManager,
    around: Surroundings,
    records: Records,
    desk: Desk,
    counters: Counters,
) -> Watch:
    return Watch(
        targets=targets_of(settings.endpoints, leave_out=ServiceType.ALERT_MANAGER),
        bus=around.bus,
        client=httpx.AsyncClient(trust_env=False),
        records=records,
        desk=desk,
        counters=counters,
        database_trouble=around.storage.trouble,
        me=around.name,
        quiet_after=timedelta(seconds=block.quiet_after_seconds),
        backbone_after=timedelta(seconds=settings.backbone_seconds),
        every_seconds=settings.watch_seconds,
    )
