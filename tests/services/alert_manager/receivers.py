"""The outside world of channels on loopback: a webhook and a mail server, which can be slow, refuse, or be down."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from stockbot.local.ports import LOOPBACK, free_port


@dataclass
class Webhook:
    """Takes Apprise's JSON. It answers `status` after `delay` seconds; `taken` are the payloads that it said 200 to."""

    status: int = 200
    delay: float = 0.0
    port: int = field(default_factory=free_port)
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Its address for Apprise, with a token in its path."""
        return f"json://{LOOPBACK}:{self.port}/hooks/s3cr3t-t0ken"

    @property
    def titles(self) -> list[str]:
        return [payload["title"] for payload in self.taken]

    @property
    def text(self) -> str:
        """Everything that arrived."""
        return "\n".join(f"{payload['title']}\n{payload['message']}" for payload in self.taken)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def stop(self) -> None:
        """Close the port and every connection: whoever comes is refused."""
        if self._server is not None:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return  # the client went away, or the test ended
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(int(line[15:]) for line in head.splitlines() if line.startswith("content-length:"))
        payload = json.loads(await reader.readexactly(length))
        self.asked += 1
        status = self.status
        await asyncio.sleep(self.delay)
        if status == 200:
            self.taken.append(payload)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def webhook(**how: Any) -> AsyncIterator[Webhook]:
    made = Webhook(**how)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


class _Lenient(Controller):
    """Has no time-out to start that a busy machine could miss."""

    def factory(self) -> SMTP:
        return SMTP(self.handler)


@dataclass
class Mailbox:
    """A mail server. `refusal` is what it answers instead of taking a mail."""

    refusal: str = ""
    port: int = field(default_factory=free_port)
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"mailto://{LOOPBACK}:{self.port}?from=stockbot@desk.example&to=anna@desk.example&mode=insecure"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal:
            return self.refusal
        content = envelope.original_content or b""
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"


@contextmanager
def mailbox(**how: Any) -> Iterator[Mailbox]:
    made = Mailbox(**how)
    controller = _Lenient(made, hostname=LOOPBACK, port=made.port, ready_timeout=30)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
