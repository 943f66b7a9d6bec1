"""Every alert fires when it should and only then, by Debian's promtool; and a person finds out what to do."""

import re
from pathlib import Path

import pytest
import yaml
from tests.services.monitoring import promtool
from tests.services.monitoring.cases import CASES

from stockbot.monitoring.alerts import ALERTS, Alert
from stockbot.monitoring.catalogue import catalogue
from stockbot.monitoring.recordings import RECORDINGS
from stockbot.monitoring.selectors import selectors
from stockbot.testing.databases import unavailable

ROOT = Path(__file__).parents[3]
FILES = ROOT / "charts/stockbot/files"
ALERT_RULES, RECORDING_RULES = FILES / "alerts.yaml", FILES / "recordings.yaml"
KNOWN = {*catalogue(), *(one.name for one in RECORDINGS), "up"}


@pytest.fixture
def _promtool() -> None:
    if promtool.program() is None:
        unavailable("promtool is not on this machine: apt-get install prometheus")


@pytest.mark.usefixtures("_promtool")
def test_each_alert_fires_and_stays_quiet_as_it_should(tmp_path: Path) -> None:
    """In every case the alert has the labels and the words that a person reads, or there is none."""
    assert promtool.checked(tmp_path, ALERT_RULES.read_text(), RECORDING_RULES.read_text()) == ""


@pytest.mark.usefixtures("_promtool")
def test_a_changed_threshold_is_noticed(tmp_path: Path) -> None:
    """The cases hold the rules: with 90 instead of 80 % of a loss limit they fail."""
    groups = yaml.safe_load(ALERT_RULES.read_text())["groups"]
    trading = yaml.safe_dump({"groups": [group for group in groups if group["name"] == "stockbot-trading"]})
    changed = trading.replace("stockbot_risk_loss_ratio) > 0.8", "stockbot_risk_loss_ratio) > 0.9")
    assert "StockbotLossNearLimit fires" in promtool.checked(tmp_path, changed, RECORDING_RULES.read_text())


def test_each_alert_has_its_cases() -> None:
    """One that fires, and at least one that does not."""
    assert set(CASES) == {alert.name for alert in ALERTS}
    assert all(case.quiet for case in CASES.values())
    assert len({alert.name for alert in ALERTS}) == len(ALERTS)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_asks_for_what_exists(alert: Alert) -> None:
    """Each series in its expression is shown by a part of the platform, or recorded."""
    named = [name for name, _ in selectors(alert.expr)]
    assert named
    assert set(named) <= KNOWN


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_a_person_finds_what_to_do(alert: Alert) -> None:
    """The link leads to a section of the page, which has steps; names and words are of one kind."""
    page, _, anchor = alert.runbook.partition("#")
    sections = re.findall(r"^### (\w+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {section.lower() for section in sections}
    assert alert.name.startswith("Stockbot")
    assert re.fullmatch(r"\d+[smh]", alert.lasting)
    assert alert.steps
    assert not alert.summary.endswith(".")
    assert alert.meaning.endswith(".")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_releases_side_by_side_do_not_mix(alert: Alert) -> None:
    """What is added up is added up by namespace and job."""
    for labels in re.findall(r"\b(?:sum|max|min)\b( by \([^)]*\))?", alert.expr):
        assert "namespace, job" in labels
