"""What comes and goes again and again is told more and more seldom. Pure.

Message after message about a matter that opens and closes every few seconds would bury what else is wrong.
"""

from datetime import timedelta

WITHIN = timedelta(minutes=10)  # earlier matters of a fingerprint count so long
FLAPPING = 3  # so many earlier ones are too many
FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=10)


def patience(flaps: int) -> timedelta:
    """How long a matter that began after so many others is collected before it is told."""
    if flaps < FLAPPING:
        return timedelta()
    return min(LONGEST, FIRST * (1 << min(flaps - FLAPPING, 10)))
