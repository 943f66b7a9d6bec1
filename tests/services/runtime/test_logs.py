"""Real log lines, from our loggers and from those of libraries, in one form and without secrets."""

import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from stockbot.runtime.logs import CHATTY, LogFormat, bind_correlation, configure_logging, current_correlation

SECRET = "hunter2-Zq9x"  # noqa: S105 - what must not be seen
Configure = Callable[[LogFormat], io.StringIO]


@pytest.fixture
def configure() -> Iterator[Configure]:
    """Set logging up as a program does, and put everything back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in CHATTY}

    def apply(log_format: LogFormat) -> io.StringIO:
        stream = io.StringIO()
        configure_logging(service="gateway", shard=2, log_format=log_format, level="info", stream=stream)
        return stream

    yield apply
    root.handlers, root.level = handlers, level
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def fail(reversed_secret: str) -> None:
    """Raise with the secret in a local variable and nowhere in the source line."""
    shown = reversed_secret[::-1]
    raise ValueError(len(shown))


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_writes_one_json_object_a_line(configure: Configure) -> None:
    """A line says when (UTC), how grave, who, which service and shard, and what."""
    stream = configure("json")
    structlog.stdlib.get_logger("stockbot.x").info("tick published", symbols=3)
    (line,) = lines(stream)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "level": "info",
        "logger": "stockbot.x",
        "service": "gateway",
        "shard": 2,
        "message": "tick published",
        "symbols": 3,
    }


def test_gives_libraries_the_same_form(configure: Configure) -> None:
    """Loggers of the standard library, warnings included, end in the same lines; debug stays out."""
    stream = configure("json")
    logging.getLogger("sqlalchemy.pool").warning("pool of %d is full", 5)
    logging.getLogger("redis").debug("not at this level")
    structlog.stdlib.get_logger("stockbot").debug("nor this")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old way", stacklevel=1)
    first, second = lines(stream)
    assert (first["logger"], first["message"], first["shard"]) == ("sqlalchemy.pool", "pool of 5 is full", 2)
    assert second["logger"] == "py.warnings"


def test_carries_the_correlation_id(configure: Configure) -> None:
    """Inside the binding every line names the chain, also those of libraries; outside none does."""
    stream = configure("json")
    with bind_correlation("chain-1"):
        assert current_correlation() == "chain-1"
        structlog.stdlib.get_logger("a").info("in")
        logging.getLogger("b").info("in too")
    logging.getLogger("b").info("out")
    assert [line.get("correlationid") for line in lines(stream)] == ["chain-1", "chain-1", None]
    assert current_correlation() is None


def test_hides_secrets_wherever_they_stand(configure: Configure) -> None:
    """In fields, in nested values, in messages, in arguments and in tracebacks: no secret gets out."""
    stream = configure("json")
    log = structlog.stdlib.get_logger("stockbot")
    log.info("connecting", url=f"redis://bot:{SECRET}@host", options={"auth": [{"password": SECRET}]})
    line = f"GET https://host/query?apikey={SECRET}"
    log.info(line)
    logging.getLogger("redis").warning("cannot reach %s", f"redis://:{SECRET}@host")
    logging.getLogger("x").info("extra", extra={"token": SECRET})
    log.error("failed", exc_info=ConnectionError(f"postgresql://bot:{SECRET}@db refused"))
    assert SECRET not in stream.getvalue()
    assert "ConnectionError" in lines(stream)[-1]["exception"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_hides_tokens_in_access_logs(configure: Configure, log_format: LogFormat) -> None:
    """The own lines of uvicorn about requests and WebSockets never carry a token of the query."""
    stream = configure(log_format)
    logging.getLogger("uvicorn").setLevel(logging.INFO)  # as someone might who wants to see them
    target = f"/ws/market-data?symbols=A&token={SECRET}"
    access = logging.getLogger("uvicorn.access")
    access.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5000", "GET", target, "1.1", 200)
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "127.0.0.1:5000", target)
    assert stream.getvalue().count("symbols=A&token=***") == 2
    assert SECRET not in stream.getvalue()


def test_prints_no_local_variables_to_a_console(configure: Configure) -> None:
    """The readable form shows the traceback and not the values in it, which may be secrets."""
    stream = configure("console")
    try:
        fail(SECRET[::-1])
    except ValueError:
        structlog.stdlib.get_logger("stockbot").exception("failed")
    assert "ValueError: 12" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_survives_values_that_no_json_has(configure: Configure) -> None:
    """Whatever somebody logs becomes one line of text; a log call never raises."""
    stream = configure("json")
    structlog.stdlib.get_logger("x").info("odd", odd=object, rate=float("nan"), raw=b"\xff", many={1, 2})
    (line,) = lines(stream)
    assert line["odd"] == "<class 'object'>"
    assert line["rate"] is None
