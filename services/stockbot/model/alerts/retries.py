"""How often, and after which pauses, a message is tried again on a channel that does not take it. Pure."""

from datetime import timedelta

from msgspec import Struct

TROUBLED = 3  # failures in a row after which others hear that the channel is down


class Retries(Struct, frozen=True, kw_only=True):
    """Pauses double from `first` to `longest`; after `most` attempts a delivery has failed: about four hours."""

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=10)
    most: int = 30

    def pause(self, failures: int) -> timedelta:
        """The pause after so many failures in a row, 1 or more."""
        return min(self.longest, self.first * (1 << min(failures - 1, 20)))

    def is_given_up(self, attempts: int) -> bool:
        return attempts >= self.most
