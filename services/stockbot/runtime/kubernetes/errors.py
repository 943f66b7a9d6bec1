"""What the API server answers when it does not do what was asked, in words that name what would be right.

StockbotError
├── NotAnswered (Unavailable)   no answer, a reset, 429 or 5xx, or an answer that no API server gives
└── Refused                     4xx: the request itself was not accepted; `status` says which
"""

import re

from stockbot.errors import StockbotError, Unavailable

FORBIDDEN, NOT_FOUND, GONE = 403, 404, 410


class NotAnswered(Unavailable):
    """Trying again later may help."""


class Refused(StockbotError):
    """Trying again does not help."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def refusal(status: int, message: str, *, verb: str, resource: str, namespace: str) -> StockbotError:
    """Put a status other than a success in words; `resource` is its plural with its group, as in RBAC.

    `namespace` is empty for what is in none.
    """
    told = f"{message.strip().rstrip('.') or 'it gave no reason'} ({status})"
    if status == FORBIDDEN and _is_about_rights(message):
        return Refused(status, f"The API server refuses: {told}. {_missing(message, verb, resource, namespace)}")
    if status in _REMEDIES:
        return Refused(status, f"The API server refuses: {told}. {_REMEDIES[status]}".strip())
    if status in _LATER or status >= _SERVER:
        return NotAnswered(f"The API server cannot answer now: {told}.")
    return Refused(status, f"The API server refuses: {told}.")


_LATER = frozenset({408, 425, 429})
_SERVER = 500
_REMEDIES = {
    401: "The token or certificate is not accepted: it may have expired.",
    NOT_FOUND: "",
    GONE: "The list has changed meanwhile: ask again.",
    409: "Somebody else changed it at the same moment: look at it, then try again.",
}


def _is_about_rights(message: str) -> bool:
    """Tell RBAC from an admission rule, which answers 403 as well."""
    return "cannot " in message


def _missing(message: str, verb: str, resource: str, namespace: str) -> str:
    """Name the right; the server's verb is the better one, since an apply that makes something needs `create`."""
    user, needed = re.search(r'User "([^"]+)"', message), re.search(r"cannot (\w+) resource", message)
    who = user[1] if user else "this account"
    place = f"in the namespace {namespace}" if namespace else "at the cluster scope"
    return f"The right that is missing: {needed[1] if needed else verb} on {resource} {place}, for {who}."
