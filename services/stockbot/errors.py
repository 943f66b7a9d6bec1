"""Every error that Stockbot raises on purpose. A person who reads one learns what was wrong and what would be right.

StockbotError
├── ConfigurationError      a document, a setting or a file that a person wrote
├── MalformedEvent          bytes from a stream that are not an event of the contract
├── Unavailable             something outside this process does not answer: bus, database, provider, peer
└── Conflict                the request was understood and contradicts what is already true
"""


class StockbotError(Exception):
    """The root: catch this at a program's edge only."""


class ConfigurationError(StockbotError):
    """A person can mend this: the message names the place, the value and what would be right."""


class MalformedEvent(StockbotError):
    """Bytes that no contract allows; they are put aside with this reason, never acted on."""


class Unavailable(StockbotError):
    """Something outside this process does not answer; trying again later may help."""


class Conflict(StockbotError):
    """The request contradicts what is already true; trying again does not help."""
