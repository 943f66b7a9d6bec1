"""The cases as `promtool test rules` takes them: a document for each group, a test for each situation of each alert.

A group is tried with its own rules and the recordings: promtool evaluates all rules it is given, in every test.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from tests.services.monitoring.cases import CASES, Case, Series

from stockbot.monitoring.alerts import GROUPS, Alert
from stockbot.monitoring.rules import annotations

LIMIT_SECONDS = 100


def program() -> str | None:
    return shutil.which("promtool")


def checked(folder: Path, alerts: str, recordings: str) -> str:
    """What promtool says of these rules against the cases; empty where everything holds."""
    (folder / "recordings.yaml").write_text(recordings)
    documents = [_document(folder, group) for group in yaml.safe_load(alerts)["groups"]]
    done = subprocess.run(  # noqa: S603 - Debian's promtool over our own files
        [program() or "promtool", "test", "rules", *documents],
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _document(folder: Path, group: dict[str, Any]) -> str:
    """The file of a group's tests, beside that of its rules."""
    name = group["name"].removeprefix("stockbot-")
    rules, cases = folder / f"{name}.rules.yaml", folder / f"{name}.cases.yaml"
    rules.write_text(yaml.safe_dump({"groups": [group]}))
    document = {
        "rule_files": [str(folder / "recordings.yaml"), str(rules)],
        "evaluation_interval": "15s",
        "tests": [test for alert in GROUPS[name] for test in _tests(alert, CASES[alert.name])],
    }
    cases.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(cases)


def _tests(alert: Alert, case: Case) -> Iterator[dict[str, Any]]:
    yield _test(f"{alert.name} fires", alert, case.firing, case.at, [_expected(alert, case)])
    for number, quiet in enumerate(case.quiet):
        yield _test(f"{alert.name} stays quiet {number}", alert, quiet, case.at, [])


def _test(title: str, alert: Alert, given: Series, at: str, expected: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": title,
        "interval": "15s",
        "input_series": [{"series": series, "values": values} for series, values in given.items()],
        "alert_rule_test": [{"eval_time": at, "alertname": alert.name, "exp_alerts": expected}],
    }


def _expected(alert: Alert, case: Case) -> dict[str, Any]:
    said = annotations(alert) | {"summary": case.summary}
    return {"exp_labels": {"severity": str(alert.severity), **case.labels}, "exp_annotations": said}
