"""The way to Yahoo: yfinance's connection with its cookies and crumb, under our clock and budget.

Used by the Yahoo provider in its worker thread, which imports this module late: yfinance and pandas take 100
MiB. yfinance follows Yahoo's changing ways of letting a browser in; its own reading of prices into floats is
not used.
"""

import time
from typing import Any
from urllib.parse import urlsplit

from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import RequestException, Timeout
from yfinance.data import YfData  # type: ignore[import-untyped]  # yfinance ships no types
from yfinance.exceptions import YFException, YFRateLimitError  # type: ignore[import-untyped]

from stockbot.market_data_gateway.providers.http import quoted, refusal
from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    UnsupportedRequest,
)
from stockbot.runtime.clock import Clock

HOST = "https://query1.finance.yahoo.com"
_PRICES = ("/v7/finance/", "/v8/finance/")  # everything else is cookies, consent and crumb


class PriceSession(Session[Response]):
    """One HTTP session that looks like a browser and sends at most one request for prices per `begin`.

    yfinance would ask again after a refusal; here the next try is a new request with its own unit of the
    budget. All requests of one `begin`, those for a cookie included, share one deadline.
    """

    def __init__(self, clock: Clock, base_url: str) -> None:
        super().__init__(impersonate="chrome")
        self._clock = clock
        self._base_url = base_url
        self._refusals = 0  # in a row
        self.begin(0)

    def begin(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._asked = False

    def request(self, method: Any, url: str, *arguments: Any, **named: Any) -> Response:
        for_prices = urlsplit(url).path.startswith(_PRICES)
        if for_prices and self._asked:
            raise self._refused()
        self._asked = self._asked or for_prices
        named["timeout"] = self._seconds_left()
        response = super().request(method, self._rebased(url), *arguments, **named)
        if for_prices:
            self._check(response)
        return response

    def _refused(self) -> ProviderError:
        if self._refusals > 1:
            return AccessRefused("it refused access twice, the second time with a new cookie and crumb")
        return ProviderUnavailable("it refused the session's cookie and crumb; new ones are used next time")

    def _seconds_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Timeout("no time left")
        return left

    def _rebased(self, url: str) -> str:
        """Return the same path on another server, where a document names one.

        Every host of Yahoo becomes that one.
        """
        if not self._base_url:
            return url
        parts = urlsplit(url)
        return self._base_url.rstrip("/") + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _check(self, response: Response) -> None:
        error = refusal(response.status_code, response.headers.get("retry-after"), self._clock.now())
        if isinstance(error, AccessRefused):  # now yfinance makes a new cookie and crumb, and wants to ask again
            self._refusals += 1
            return
        self._refusals = 0
        if error is None:
            return
        if isinstance(error, UnsupportedRequest):
            raise UnsupportedRequest(f"{error}: {quoted(response.text)}")
        raise error


class _Connection(YfData):  # type: ignore[misc]  # yfinance ships no types
    """yfinance's connection without its cookie cache: nothing is written to the home folder."""

    def _load_cookie_curlCffi(self) -> bool:  # noqa: N802 - yfinance's name
        return False

    def _save_cookie_curlCffi(self) -> bool:  # noqa: N802 - yfinance's name
        return False


class YahooSession:
    """Blocking; for one thread. `base_url` replaces all of Yahoo's hosts."""

    def __init__(self, clock: Clock, base_url: str, timeout_seconds: float) -> None:
        self._session = PriceSession(clock, base_url)
        self._timeout_seconds = timeout_seconds
        # yfinance keeps one connection per class: a class of its own gives each provider its own cookie
        self._connection = type("_Connection", (_Connection,), {})(self._session)

    def fetch(self, path: str, parameters: dict[str, str]) -> str:
        """Return the body of one answer with status 200. Raises ProviderError and nothing else."""
        self._session.begin(self._timeout_seconds)
        try:
            return str(self._connection.get(HOST + path, parameters).text)
        except ProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - yfinance raises many kinds; this seam translates them all
            raise _translated(error) from None

    def close(self) -> None:
        self._session.close()


def _translated(error: Exception) -> ProviderError:
    if isinstance(error, YFRateLimitError):
        return ProviderThrottled("it answers 429: too many requests")
    if isinstance(error, Timeout):
        return ProviderUnavailable("it did not answer in time")
    if isinstance(error, RequestException | YFException):
        return ProviderUnavailable(f"the connection failed: {type(error).__name__} {quoted(str(error))}")
    return ProviderUnavailable(f"its session failed: {type(error).__name__}")
