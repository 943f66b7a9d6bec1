"""The mirrors of dead letters on the bus: which events could not be taken in, and why.

Used by `stockbot events dead`. The mirror is for looking; the letters themselves are rows of their service.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stockbot.cli.observer import DEAD, Client, stream_names
from stockbot.cli.sentences import printable
from stockbot.cli.stream_stats import milliseconds
from stockbot.errors import ConfigurationError
from stockbot.events.streams import FIELD


@dataclass(frozen=True)
class Letter:
    """One mirrored dead letter; `letter_id` is the same however often the event came."""

    letter_id: str
    stream: str
    consumer: str
    reason: str
    document: str
    mirrored_at: datetime


async def letters(client: Client, count: int) -> list[Letter]:
    """The last `count` letters of each stream, the oldest first."""
    found: list[Letter] = []
    for mirror in await stream_names(client, dead=True):
        answer = await client.xrevrange(mirror, count=count)
        found += [parse(mirror, entry_id, fields) for entry_id, fields in answer if fields]
    return sorted(found, key=lambda letter: letter.mirrored_at)


def parse(mirror: str, entry_id: bytes, fields: Mapping[bytes, bytes]) -> Letter:
    def text(name: bytes) -> str:
        return fields.get(name, b"").decode(errors="replace")

    return Letter(
        letter_id=text(b"letter_id"),
        stream=mirror.removesuffix(DEAD),
        consumer=text(b"consumer"),
        reason=text(b"reason"),
        document=text(FIELD),
        mirrored_at=datetime.fromtimestamp(milliseconds(entry_id) / 1000, UTC),
    )


async def find(client: Client, letter_id: str) -> Letter:
    """The letter of that id; ConfigurationError where the mirrors do not hold it."""
    for letter in reversed(await letters(client, 10_000)):
        if letter.letter_id == letter_id:
            return letter
    raise ConfigurationError(f"no dead letter {letter_id} is mirrored: `stockbot events dead list` names them")


def line(letter: Letter) -> str:
    time = f"{letter.mirrored_at:%Y-%m-%d %H:%M:%SZ}"
    return printable(f"{time}  {letter.letter_id}  {letter.stream} -> {letter.consumer}: {letter.reason}")


def page(letter: Letter) -> str:
    """All of a letter, its event as JSON on several lines where it is JSON."""
    head = {
        "letter": letter.letter_id,
        "stream": letter.stream,
        "consumer": letter.consumer,
        "mirrored": letter.mirrored_at.isoformat(),
        "reason": letter.reason,
    }
    lines = [printable(f"{name:<9} {value}") for name, value in head.items()]
    return "\n".join([*lines, "", *map(printable, pretty(letter.document).splitlines())])


def pretty(document: str) -> str:
    try:
        return json.dumps(json.loads(document), indent=2)
    except ValueError:
        return document
