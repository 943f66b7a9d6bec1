"""What the API server answers when it does not do what was asked. Raised by the client alone.

StockbotError
├── ApiUnavailable (Unavailable)   no answer, a reset, 429 or 5xx: later may help
└── Refused                        4xx: the request itself was not accepted
    ├── Forbidden                  403
    ├── NotFound                   404
    ├── Contradicted               409: a conflict of versions, owners or names
    ├── Expired                    410: the watch's place in history is gone
    └── Invalid                    422
"""

from stockbot.errors import StockbotError, Unavailable


class ApiUnavailable(Unavailable):
    """The API server does not answer now; `retry_after` is the pause in seconds that it asks for, if it does."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(StockbotError):
    """The API server refused; `reason` is its word for it, `message` its sentence."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status, self.reason, self.message = status, reason, message


class Forbidden(Refused):
    """RBAC or an admission rule says no."""


class NotFound(Refused):
    """There is no such object, or no such kind."""


class Contradicted(Refused):
    """Somebody else owns the field, the name or the newer version."""


class Expired(Refused):
    """The server no longer has what came after this resource version: list again."""


class Invalid(Refused):
    """The object is not what the kind allows."""


_KINDS: dict[int, type[Refused]] = {403: Forbidden, 404: NotFound, 409: Contradicted, 410: Expired, 422: Invalid}
_LATER = frozenset({408, 429})
_SERVER = 500
# An apply that can never succeed, such as a list with twins: the server says 500 where 422 would be true.
_NO_OBJECT = "failed to create typed patch object"


def error_of(status: int, reason: str, message: str, retry_after: float = 0.0) -> ApiUnavailable | Refused:
    """Return the error for an answer of the API server with this status code."""
    if status == _SERVER and message.startswith(_NO_OBJECT):
        return Invalid(status, reason, message)
    if status in _LATER or status >= _SERVER:
        return ApiUnavailable(f"{status} {reason}: {message}", retry_after)
    return _KINDS.get(status, Refused)(status, reason, message)
