"""How Grafana draws a panel: colours, words for numbers, lines and legends."""

from typing import Any

from stockbot.monitoring.dashboards.panel import Kind, Panel


def defaults(panel: Panel) -> dict[str, Any]:
    """For every field of the panel."""
    return {
        "unit": str(panel.unit),
        "color": {"mode": "palette-classic" if panel.kind is Kind.LINES else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": _thresholds(panel)},
        "mappings": _mappings(panel),
        "custom": _lines(panel) if panel.kind is Kind.LINES else {},
    }


def overrides(panel: Panel) -> list[dict[str, Any]]:
    """A table shows labels that tell lines apart, and neither the time nor a value that is always 1."""
    if panel.kind is not Kind.TABLE:
        return []
    matcher = {"id": "byRegexp", "options": "^(Time|Value|__name__|instance|endpoint|container|pod|service)$"}
    return [{"matcher": matcher, "properties": [{"id": "custom.hidden", "value": True}]}]


def options(panel: Panel) -> dict[str, Any]:
    if panel.kind is Kind.LINES:
        legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
        return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    if panel.kind is Kind.TABLE:
        return {"showHeader": True, "cellHeight": "sm"}
    return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "textMode": "auto"}


def _thresholds(panel: Panel) -> list[dict[str, Any]]:
    """Where both steps are one, there is no yellow."""
    colours: dict[float | None, str] = {None: "green"}
    if panel.steps is not None:
        yellow, red = panel.steps
        colours[yellow] = "yellow"
        colours[red] = "red"
    return [{"color": colour, "value": value} for value, colour in colours.items()]


def _mappings(panel: Panel) -> list[dict[str, Any]]:
    words = {f"{value:g}": {"text": word, "color": colour} for value, word, colour in panel.words}
    return [{"type": "value", "options": words}] if words else []


def _lines(panel: Panel) -> dict[str, Any]:
    return {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 30 if panel.stacked else 8,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "line" if panel.steps else "off"},
    }
