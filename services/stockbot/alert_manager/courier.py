"""Carries one message to one channel through Apprise, in a process of its own that ends.

Apprise and what it loads cost 20 MiB that only a message needs, it blocks, and it cannot be interrupted: a process can
be killed when it hangs, and nothing that it logs reaches our log. The address comes over a pipe, never as an argument.
Used by `dispatch` and the test button; run as `python -m stockbot.alert_manager.courier` with a Parcel as JSON on
standard input. It prints why the message was not taken, or nothing, and its exit code is 0 in both cases.
"""

import asyncio
import logging
import re
import sys
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct
from pydantic import SecretStr

from stockbot.model.alerts.wording import Message

LONGEST_SECONDS = 20.0
LONGEST_REASON = 300
SCHEME = re.compile(r"([a-z][a-z0-9]{1,15})://", re.IGNORECASE)
SHORTEST_SECRET = 4  # characters of a part of an address that could be one
COMMON = frozenset({"http", "https", "json", "mailto", "mailtos", "localhost"})


class Parcel(Struct, frozen=True):
    url: str
    message: Message


async def carry(url: SecretStr, message: Message) -> str:
    """Why the message did not arrive, without anything of the address; empty where the channel has taken it."""
    parcel = msgspec.json.encode(Parcel(url.get_secret_value(), message))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "stockbot.alert_manager.courier"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            answer, _ = await process.communicate(parcel)
    except TimeoutError:
        return f"no answer within {LONGEST_SECONDS:g} s"
    finally:
        await _end(process)
    if process.returncode != 0:
        return f"the courier's process ended with exit code {process.returncode}"
    return scrubbed(answer.decode(errors="replace").strip(), url.get_secret_value())


def scheme_of(url: str) -> str:
    """The kind of a channel, such as slack or mailto: all of its address that anybody may see."""
    found = SCHEME.match(url)
    return found[1].lower() if found else "unknown"


def scrubbed(reason: str, url: str) -> str:
    """The reason without any part of the address, however it is written: each may be the token."""
    parts = re.split(r"[/:@?&=,]+", url)
    ways = {*parts, *map(unquote, parts), *(quote(unquote(part), safe="") for part in parts)}
    for part in sorted(ways, key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET and part.lower() not in COMMON:
            reason = re.sub(re.escape(part), "***", reason, flags=re.IGNORECASE)
    return reason[:LONGEST_REASON]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def deliver(parcel: Parcel) -> str:
    """Hand the message to the channel; why it was not taken, or nothing."""
    import apprise  # noqa: PLC0415 - this process alone may pay for it

    said: list[str] = []
    _listen(said)
    asset = apprise.AppriseAsset(app_id="Stockbot", app_desc="Stockbot alerts", async_mode=False, secure_logging=True)
    channel = apprise.Apprise(asset=asset)
    if not channel.add(parcel.url):
        return f"the address is none that Apprise understands: {said[-1] if said else 'unknown kind of channel'}"
    for service in channel:  # a chat service refuses what is too long for it: the beginning says what matters
        if service.overflow_mode == apprise.OverflowMode.UPSTREAM:
            service.overflow_mode = apprise.OverflowMode.TRUNCATE
    kinds = {"critical": "failure", "warning": "warning", "info": "info", None: "success"}
    taken = channel.notify(
        title=parcel.message.title,
        body=parcel.message.body,
        notify_type=apprise.NotifyType(kinds[parcel.message.severity]),
        body_format=apprise.NotifyFormat.TEXT,
    )
    return "" if taken else (said[-1] if said else "the channel refused the message")


def _listen(said: list[str]) -> None:
    """Keep what Apprise complains of: it is the only place where it says why."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.addHandler(Ear())


def main() -> int:
    """Deliver the parcel on standard input; print why it was not taken."""
    sys.stdout.write(deliver(msgspec.json.decode(sys.stdin.buffer.read(), type=Parcel)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
