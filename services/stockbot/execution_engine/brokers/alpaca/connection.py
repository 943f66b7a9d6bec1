"""One HTTP request to Alpaca at a time and thread, with alpaca-py's client; sent once, answered within its time.

alpaca-py's TradingClient sends a POST again by itself on 429 and 504, waits without an end for an answer, reads
numbers as floats, and loads pandas (116 MiB). Its RESTClient underneath has the address, the keys and the refusal to
follow redirects, and loads none of it: that is what is used here, with one request made our way.
"""

import asyncio
import ssl
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from alpaca.common.rest import RESTClient
from msgspec import Struct
from requests import Response
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from stockbot.execution_engine.brokers.alpaca.credentials import Credentials
from stockbot.runtime.clock import Clock
from stockbot.runtime.settings import is_loopback

LARGEST_ANSWER = 32 * 1024 * 1024  # bytes
CONNECT_SECONDS = 3.0
ASKING = 4  # threads for questions
ACTING = 4  # threads for orders and cancellations, so that slow questions do not hold them up
_CHUNK = 64 * 1024
_GRACE = 1.0  # seconds that a thread has to notice its own time limit


class NotSent(Exception):
    """The request has certainly not arrived."""


class NoAnswer(Exception):
    """The request may have arrived; what became of it is not known."""


class Reply(Struct, frozen=True):
    status: int
    body: bytes
    retry_after: str | None = None


class Client(RESTClient):
    """alpaca-py's client that sends each request exactly once and gives back what came, whatever the status."""

    def __init__(self, base_url: str, credentials: Credentials, seconds: float) -> None:
        super().__init__(
            base_url,
            api_key=credentials.key_id.get_secret_value(),
            secret_key=credentials.secret_key.get_secret_value(),
            raw_data=True,
        )
        self._retry = 0
        self._retry_codes = []
        self._seconds = seconds
        self._session.trust_env = not is_loopback(urlsplit(base_url).hostname or "")

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, path: str, content: Mapping[str, Any]) -> Reply:
        """Raise NotSent or NoAnswer where no whole answer came."""
        try:
            return self._request(method, path, dict(content))  # type: ignore[return-value]  # of _one_request below
        except RequestException as error:
            raise _failure(error) from None

    def _one_request(self, method: str, url: str, opts: dict[str, Any], retry: int) -> Reply:  # type: ignore[override]
        timeout = (min(CONNECT_SECONDS, self._seconds), self._seconds)
        deadline = time.monotonic() + self._seconds
        with self._session.request(method, url, timeout=timeout, stream=True, **opts) as response:
            body = _read(response, deadline)
            return Reply(response.status_code, body, response.headers.get("retry-after"))


def _read(response: Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > LARGEST_ANSWER or time.monotonic() > deadline:
            raise NoAnswer("its answer has no end")
    return bytes(body)


def _failure(error: RequestException) -> Exception:
    """Tell a connection that was never made from one that broke: the words of requests alone do not."""
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else None
    if isinstance(error, ConnectTimeout) or isinstance(reason, NewConnectionError) or _is_distrust(reason):
        return NotSent(f"no connection ({type(error).__name__})")
    return NoAnswer(f"the connection broke ({type(error).__name__})")


def _is_distrust(reason: Exception | None) -> bool:
    """Tell a certificate that was not accepted: nothing is sent before it is."""
    return reason is not None and any(isinstance(each, ssl.SSLCertVerificationError) for each in reason.args)


class Connection:
    """Requests from asyncio, over a bounded number of threads; each thread has a client of its own."""

    def __init__(self, base_url: str, credentials: Credentials, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._base_url = base_url
        self._credentials = credentials
        self._seconds = seconds
        self._local = threading.local()
        self._clients: list[Client] = []
        self._asking = ThreadPoolExecutor(ASKING, thread_name_prefix="alpaca-ask")
        self._acting = ThreadPoolExecutor(ACTING, thread_name_prefix="alpaca-act")

    async def ask(self, path: str, **parameters: str) -> Reply:
        return await self._within_time(self._asking, "GET", path, parameters)

    async def act(self, method: str, path: str, content: Mapping[str, Any]) -> Reply:
        """Send something that changes the account: once, and never later than its time."""
        return await self._within_time(self._acting, method, path, content)

    def close(self) -> None:
        """Take no more requests; those on their way end by their time limits."""
        for pool in (self._asking, self._acting):
            pool.shutdown(wait=False, cancel_futures=True)
        for client in self._clients:
            client.close()

    def _request(self, method: str, path: str, content: Mapping[str, Any], not_after: float) -> Reply:
        client = self._client()
        if self._clock.monotonic() > not_after:  # all threads were busy, or the process stood still
            raise NotSent("its time was over before it was sent")
        return client.request(method, path, content)

    def _client(self) -> Client:
        """Return this thread's own client: a requests session is not made for several."""
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = Client(self._base_url, self._credentials, self._seconds)
            self._clients.append(client)
        return client

    async def _within_time(self, pool: ThreadPoolExecutor, method: str, path: str, content: Mapping[str, Any]) -> Reply:
        work = pool.submit(self._request, method, path, content, self._clock.monotonic() + self._seconds)
        waiting = asyncio.wrap_future(work)
        try:
            done, _ = await asyncio.wait({waiting}, timeout=self._seconds + _GRACE)
        except asyncio.CancelledError:
            work.cancel()  # what no thread has taken yet must not leave later
            raise
        if done:
            return await waiting
        if work.cancel():
            raise NotSent("all threads are busy")
        waiting.add_done_callback(_forget)
        raise NoAnswer(f"no answer within {self._seconds:.0f} s")


def _forget(late: "asyncio.Future[Reply]") -> None:
    """Take the outcome of a request that nobody waits for any more."""
    if not late.cancelled():
        late.exception()
