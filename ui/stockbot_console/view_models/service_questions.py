"""What an admin may ask of a service now, and what each of these does. Pure."""

from msgspec import Struct

from stockbot.fleet import Condition, Service
from stockbot_console.view_models.questions import Question

SHARDED = ("MarketDataGateway", "StrategyOrchestrator")
MOST_SHARDS = 64
NO_PROCESS = frozenset({Condition.SUSPENDED, Condition.NOT_BUILT, Condition.WAITING, Condition.RESTARTING})
CONSOLE = "Dashboard"
BUS = "embedded bus"

# What nobody does any more while the only service of this type is away.
MEANWHILE = {
    "MarketDataGateway": "Meanwhile no price comes: strategies wait, and orders that add risk are denied.",
    "StrategyOrchestrator": "Meanwhile no strategy makes a signal. Positions and working orders stay as they are.",
    "RiskGuardian": "Meanwhile no order is approved, and loss limits are not watched.",
    "ExecutionEngine": "Meanwhile no order leaves, and none is canceled here. Working orders stay at the broker.",
    "PortfolioManager": "Meanwhile fills are not booked; they are once it is back. No order that adds risk is sent.",
    "AlertManager": "Meanwhile nobody is told of an alert.",
    CONSOLE: "This console goes with it: everybody is signed out.",
}
DRAINS = "It finishes what is in flight, within its drain time, then it ends."


class ServiceAction(Struct, frozen=True, kw_only=True):
    """`step` is restart, suspend, resume or scale."""

    step: str
    label: str
    tone: str
    question: Question


def service_actions(service: Service, *, is_cluster: bool) -> tuple[ServiceAction, ...]:
    """What would change something. On one machine the documents say what is suspended, and how many run."""
    if service.type == BUS or service.condition is Condition.DELETED:
        return ()
    if not is_cluster:
        return () if service.condition in NO_PROCESS else (_restart(service),)
    if service.is_suspended:
        return (_resume(service),)
    return (
        *((_scale(service),) if service.type in SHARDED else ()),
        _restart(service),
        *((_suspend(service),) if service.type != CONSOLE else ()),  # nobody could resume it here
    )


def _restart(service: Service) -> ServiceAction:
    many = f"All {service.wanted} of its shards are restarted." if service.wanted > 1 else ""
    effects = (DRAINS, "Then it starts again.", many, MEANWHILE.get(service.type, ""))
    return _action(service, "restart", "Restart", "caution", effects, done=f"Asked {service.name} to restart.")


def _suspend(service: Service) -> ServiceAction:
    effects = (DRAINS, "Everything else is kept: resume starts it again.", MEANWHILE.get(service.type, ""))
    return _action(
        service,
        "suspend",
        "Suspend",
        "danger",
        effects,
        done=f"Asked {service.name} to stop.",
        word="SUSPEND",
    )


def _resume(service: Service) -> ServiceAction:
    effects = ("It starts, says not ready until it is, and goes on where it was.",)
    return _action(service, "resume", "Resume", "go", effects, done=f"Asked {service.name} to start.")


def _scale(service: Service) -> ServiceAction:
    now = service.wanted
    effects = (
        f"Its symbols are split among shards: {now} now.",
        "A new number restarts all of them, so that no symbol is owned twice.",
        MEANWHILE.get(service.type, ""),
    )
    others = (number for number in range(1, MOST_SHARDS + 1) if number != now)
    choices = tuple((f"{number}", f"{number} shard{'' if number == 1 else 's'}") for number in others)
    done = f"Asked for another number of shards of {service.name}."
    return _action(service, "scale", "Scale", "caution", effects, done=done, choices=choices)


def _action(
    service: Service,
    step: str,
    label: str,
    tone: str,
    effects: tuple[str, ...],
    *,
    done: str,
    word: str = "",
    choices: tuple[tuple[str, str], ...] = (),
) -> ServiceAction:
    question = Question(
        title=f"{label} {service.name}",
        effects=tuple(filter(None, effects)),
        button=f"{label} {service.name}",
        tone=tone,
        done=done,
        word=word,
        example="why, in a few words",
        choice="Shards" if choices else "",
        choices=choices,
    )
    return ServiceAction(step=step, label=label, tone=tone, question=question)
