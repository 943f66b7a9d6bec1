"""What OpenTelemetry's standard variables say about traces. Pure, but for the warnings about what cannot be read.

Where they say nothing there are no traces at all. What cannot be read is passed over with a warning, as the standard
asks: a mistyped share of traces must not keep a service from trading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import structlog

ENDPOINT, TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
SHARES = {"always_on": 1.0, "always_off": 0.0}  # those that need no argument
RATIO = "traceidratio"

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class OtlpSettings:
    """`share` of all traces is sent; every service chooses the same ones. `headers` may be secret."""

    url: str
    headers: Mapping[str, str]
    resource: Mapping[str, str]
    share: float
    timeout_seconds: float
    every_seconds: float
    longest_queue: int
    certificate: Path | None


def otlp_settings(service: str, environment: Mapping[str, str]) -> OtlpSettings | None:
    """None unless traces are asked for: an endpoint is set, and nothing turns them off."""
    url = _url(environment)
    is_off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    exporter = environment.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower()
    if url is None or is_off or exporter == "none":
        return None
    given = _of_traces(environment, "CERTIFICATE")
    return OtlpSettings(
        url=url,
        headers=_pairs(_of_traces(environment, "HEADERS")),
        resource=_resource(service, environment),
        share=_share(environment),
        timeout_seconds=_number(environment, "OTEL_EXPORTER_OTLP_TIMEOUT", 10_000) / 1000,
        every_seconds=_number(environment, "OTEL_BSP_SCHEDULE_DELAY", 5000) / 1000,
        longest_queue=int(_number(environment, "OTEL_BSP_MAX_QUEUE_SIZE", 2048)),
        certificate=Path(given) if given else None,
    )


def _url(environment: Mapping[str, str]) -> str | None:
    """That of traces as it stands; that of everything with the path of traces after it."""
    if environment.get(TRACES_ENDPOINT):
        return environment[TRACES_ENDPOINT]
    base = environment.get(ENDPOINT)
    return f"{base.rstrip('/')}/v1/traces" if base else None


def _of_traces(environment: Mapping[str, str], name: str) -> str:
    return environment.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}") or environment.get(f"OTEL_EXPORTER_OTLP_{name}", "")


def _pairs(text: str) -> dict[str, str]:
    """`key=value,key=value`, values percent-encoded."""
    split = [pair.partition("=") for pair in text.split(",") if "=" in pair]
    return {key.strip(): unquote(value.strip()) for key, _, value in split if key.strip()}


def _resource(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Who sends: what the environment says wins over the service's own name."""
    named = environment.get("OTEL_SERVICE_NAME")
    given = _pairs(environment.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    return {"service.name": service} | given | ({"service.name": named} if named else {})


def _share(environment: Mapping[str, str]) -> float:
    sampler = environment.get("OTEL_TRACES_SAMPLER", "always_on").strip().removeprefix("parentbased_")
    if sampler in SHARES:
        return SHARES[sampler]
    if sampler == RATIO:
        return min(1.0, _number(environment, "OTEL_TRACES_SAMPLER_ARG", 1.0))
    log.warning("OTEL_TRACES_SAMPLER is passed over", known=[*SHARES, RATIO])
    return 1.0


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    """A number of at least zero; the default, with a warning, where it is none."""
    try:
        value = float(environment.get(name) or default)
    except ValueError:
        value = -1.0
    if 0 <= value < float("inf"):
        return value
    log.warning("a variable is passed over: it is no number of at least 0", variable=name, instead=default)
    return default
