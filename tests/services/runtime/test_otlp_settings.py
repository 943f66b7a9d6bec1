"""OpenTelemetry's standard variables mean what its specification says."""

from typing import Any

import pytest

from stockbot.runtime.otlp_settings import otlp_settings

ASKS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, None),
        ({"OTEL_SERVICE_NAME": "stockbot"}, None),
        (ASKS, "http://collector:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/otlp/"}, "http://collector:4318/otlp/v1/traces"),
        (ASKS | {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other/traces"}, "http://other/traces"),
        (ASKS | {"OTEL_SDK_DISABLED": "TRUE"}, None),
        (ASKS | {"OTEL_SDK_DISABLED": "false"}, "http://collector:4318/v1/traces"),
        (ASKS | {"OTEL_TRACES_EXPORTER": "none"}, None),
    ],
)
def test_where_traces_go(environment: dict[str, str], url: str | None) -> None:
    """An endpoint turns them on, with the path of traces after the common one; what turns them off wins."""
    settings = otlp_settings("risk-guardian", environment)
    assert (settings and settings.url) == url


@pytest.mark.parametrize(
    ("variables", "field", "value"),
    [
        ({}, "share", 1.0),
        ({"OTEL_TRACES_SAMPLER": "always_off"}, "share", 0.0),
        ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"}, "share", 0.25),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "many"}, "share", 1.0),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "nan"}, "share", 1.0),
        ({"OTEL_TRACES_SAMPLER": "at_random"}, "share", 1.0),
        ({}, "timeout_seconds", 10.0),
        ({"OTEL_EXPORTER_OTLP_TIMEOUT": "500"}, "timeout_seconds", 0.5),
        ({"OTEL_BSP_SCHEDULE_DELAY": "-1"}, "every_seconds", 5.0),
        ({"OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, x = y ,=z,nothing"}, "headers", {"api-key": "a b", "x": "y"}),
        ({"OTEL_EXPORTER_OTLP_HEADERS": "a=1", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "b=2"}, "headers", {"b": "2"}),
        ({}, "resource", {"service.name": "risk-guardian"}),
        (
            {"OTEL_RESOURCE_ATTRIBUTES": "service.name=other,deployment.environment.name=paper"},
            "resource",
            {"service.name": "other", "deployment.environment.name": "paper"},
        ),
        ({"OTEL_SERVICE_NAME": "mine"}, "resource", {"service.name": "mine"}),
    ],
)
def test_what_is_said_about_them(variables: dict[str, str], field: str, value: Any) -> None:
    """Each variable, its default, and what becomes of one that cannot be read."""
    assert getattr(otlp_settings("risk-guardian", ASKS | variables), field) == value
