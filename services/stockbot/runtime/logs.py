"""Structured logs: one JSON object a line, or words for a person at a console. Every main sets them up.

Loggers come from `structlog.stdlib.get_logger(__name__)` or the standard library; both end in the one handler
here, so uvicorn, sqlalchemy and redis look the same. Secrets are hidden last, when tracebacks are text.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from stockbot.runtime.redaction import redact_entry

LogFormat = Literal["json", "console"]

CHATTY = (
    "httpx",
    "httpcore",
    "websockets",
    "uvicorn",
)  # lines per request or connection, which we log ourselves

_COMMON: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def configure_logging(
    *, service: str, shard: int, log_format: LogFormat, level: str, stream: TextIO | None = None
) -> None:
    """Send all logs of this process to `stream` (standard output if None), each with service and shard."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_COMMON,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_formatter(service, shard, log_format))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def bind_correlation(correlationid: str) -> Iterator[None]:
    """Every log line inside carries this id of the chain, in this task and in those it starts."""
    with structlog.contextvars.bound_contextvars(correlationid=correlationid):
        yield


def current_correlation() -> str | None:
    """Return the id bound by the nearest `bind_correlation` around, if any."""
    found = structlog.contextvars.get_contextvars().get("correlationid")
    return found if isinstance(found, str) else None


def redact_secrets(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Make the line of plain values without secrets: a structlog processor."""
    return {key: redact_entry(key, value) for key, value in line.items()}


def _formatter(service: str, shard: int, log_format: LogFormat) -> logging.Formatter:
    def name_program(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        return {**line, "service": service, "shard": shard}

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_COMMON, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            name_program,
            structlog.processors.format_exc_info,  # plain: pretty tracebacks print local variables, so secrets
            redact_secrets,
            *_renderers(log_format),
        ],
    )


def _renderers(log_format: LogFormat) -> tuple[Processor, ...]:
    if log_format == "console":
        return (structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()),)
    return structlog.processors.EventRenamer("message"), _render_json


def _render_json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    return msgspec.json.encode(line).decode()
