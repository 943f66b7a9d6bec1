"""What an admin may ask of a service."""

import pytest
from msgspec.structs import replace

from stockbot.fleet import Condition, Service
from stockbot.local.bulletin import BUS_TYPE
from stockbot.spec import SHARDED as SHARDED_TYPES
from stockbot.spec import ServiceType, TradingServiceSpec
from stockbot_console.view_models.service_questions import (
    BUS,
    MEANWHILE,
    MOST_SHARDS,
    SHARDED,
    service_actions,
)

RISK = Service(name="risk-guardian", type="RiskGuardian", condition=Condition.READY, ready=1, wanted=1)
GATEWAY = replace(RISK, name="gateway", type="MarketDataGateway", wanted=3)


def steps(service: Service, *, is_cluster: bool = True) -> list[str]:
    return [action.step for action in service_actions(service, is_cluster=is_cluster)]


def test_the_words_are_those_of_the_document() -> None:
    """The types that have shards, how many they may have, and every type in what is said of its absence."""
    assert set(SHARDED) == {kind.value for kind in SHARDED_TYPES}
    assert set(MEANWHILE) == {kind.value for kind in ServiceType}
    assert BUS == BUS_TYPE
    replicas = TradingServiceSpec.model_json_schema()["properties"]["replicas"]
    assert replicas["maximum"] == MOST_SHARDS


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (RISK, ["restart", "suspend"]),
        (GATEWAY, ["scale", "restart", "suspend"]),
        (replace(RISK, is_suspended=True, condition=Condition.SUSPENDED), ["resume"]),
        (replace(RISK, type="Dashboard"), ["restart"]),
        (replace(RISK, condition=Condition.DELETED), []),
        (replace(RISK, condition=Condition.RESTARTING), ["restart", "suspend"]),
    ],
)
def test_on_a_cluster(service: Service, expected: list[str]) -> None:
    """Only what would change something, and nothing that the console could not take back."""
    assert steps(service) == expected


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (RISK, ["restart"]),
        (GATEWAY, ["restart"]),
        (replace(RISK, condition=Condition.SUSPENDED, is_suspended=True), []),
        (replace(RISK, condition=Condition.RESTARTING), []),
        (replace(RISK, type=BUS), []),
    ],
)
def test_on_one_machine(service: Service, expected: list[str]) -> None:
    """What runs can be restarted; the rest is in the documents."""
    assert steps(service, is_cluster=False) == expected


def test_a_question_says_what_happens_meanwhile() -> None:
    """Of each type its own; a suspension wants a word typed."""
    restart, suspend = service_actions(RISK, is_cluster=True)
    assert restart.question.effects[-1] == "Meanwhile no order is approved, and loss limits are not watched."
    assert (restart.question.word, suspend.question.word) == ("", "SUSPEND")
    assert "All 3 of its shards are restarted." in service_actions(GATEWAY, is_cluster=False)[0].question.effects


def test_every_other_number_of_shards_can_be_chosen() -> None:
    """But not the one that it has."""
    choices = [value for value, _ in service_actions(GATEWAY, is_cluster=True)[0].question.choices]
    assert choices == ["1", "2", *(f"{number}" for number in range(4, 65))]
