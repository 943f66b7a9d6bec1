"""Exchange sessions, computed in a process that ends: the calendars cost 95 MiB and a second, once an hour.

Used by `exchanges`; run as `python -m stockbot.market_data_gateway.calendar_process EXCHANGE NOW`, which prints the
sessions as JSON, or says on standard error what is wrong and ends with exit code 2.
"""

import asyncio
import sys
from datetime import datetime

import msgspec

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.events.market import ExchangeSessions
from stockbot.market_data_gateway.sessions import ALWAYS_OPEN, exchange_sessions

MISUSED = 2
LONGEST_SECONDS = 60.0


async def sessions_of(exchange: str, now: datetime) -> ExchangeSessions:
    """The sessions around `now`; ConfigurationError for an unknown exchange, Unavailable if the process failed."""
    if exchange == ALWAYS_OPEN:
        return exchange_sessions(exchange, now)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "stockbot.market_data_gateway.calendar_process", exchange, now.isoformat()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            answer, complaint = await process.communicate()
    except TimeoutError as error:
        raise Unavailable(f"the calendar of {exchange} was not computed within {LONGEST_SECONDS:g} s") from error
    finally:
        await _end(process)
    return _read(process.returncode, answer, complaint.decode(errors="replace").strip())


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _read(exit_code: int | None, answer: bytes, complaint: str) -> ExchangeSessions:
    if exit_code == MISUSED:
        raise ConfigurationError(complaint)
    if exit_code != 0:
        last_line = complaint.splitlines()[-1] if complaint else "no message"
        raise Unavailable(f"the calendar process ended with exit code {exit_code}: {last_line}")
    return msgspec.json.decode(answer, type=ExchangeSessions)


def main(exchange: str, now: str) -> int:
    """Print the sessions; the exit code."""
    try:
        sessions = exchange_sessions(exchange, datetime.fromisoformat(now))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return MISUSED
    sys.stdout.write(msgspec.json.encode(sessions).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
