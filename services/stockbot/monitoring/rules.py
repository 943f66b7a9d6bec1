"""The rule files that Prometheus loads, out of the alerts and recordings. The chart's PrometheusRules hold the same."""

from typing import Any

import yaml

from stockbot.monitoring.alerts import GROUPS, Alert
from stockbot.monitoring.recordings import RECORDINGS, Recording

HEAD = "# Generated from stockbot.monitoring by `make docs`; do not edit.\n"
LONG = 120


class _Literal(str):
    """Text of several lines, written as a block."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


def _literal(dumper: yaml.SafeDumper, text: _Literal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


_Dumper.add_representer(_Literal, _literal)


def alerts_yaml() -> str:
    groups = [
        {"name": f"stockbot-{name}", "rules": [_alerting(alert) for alert in alerts]} for name, alerts in GROUPS.items()
    ]
    return _written(groups)


def recordings_yaml() -> str:
    return _written([{"name": "stockbot-recordings", "rules": [_recording(one) for one in RECORDINGS]}])


def _alerting(alert: Alert) -> dict[str, Any]:
    waiting = {} if alert.lasting == "0m" else {"for": alert.lasting}
    return {
        "alert": alert.name,
        "expr": _expression(alert.expr),
        **waiting,
        "labels": {"severity": str(alert.severity)},
        "annotations": annotations(alert),
    }


def annotations(alert: Alert) -> dict[str, str]:
    """What a notification says: in short, what it means, and where it is written what to do."""
    return {"summary": alert.summary, "description": alert.meaning, "runbook_url": alert.runbook}


def _recording(recording: Recording) -> dict[str, str]:
    return {"record": recording.name, "expr": recording.expr}


def _expression(expr: str) -> str:
    return _Literal(f"{expr}\n") if "\n" in expr else expr


def _written(groups: list[dict[str, Any]]) -> str:
    return HEAD + yaml.dump({"groups": groups}, Dumper=_Dumper, sort_keys=False, width=LONG)
