"""The brake on guessing at the login."""

from stockbot.testing.clock import FixedClock
from stockbot_console.attempts import ALLOWED, WINDOW_SECONDS, Attempts


def test_a_few_failures_are_free_and_then_there_is_a_pause() -> None:
    """Five mistakes in a minute are a person's; the sixth attempt waits until the first is a minute old."""
    clock = FixedClock()
    attempts = Attempts(clock)
    for _ in range(ALLOWED):
        assert attempts.wait_seconds("10.0.0.1") == 0
        attempts.failed("10.0.0.1")
        clock.advance(1)
    assert attempts.wait_seconds("10.0.0.1") == WINDOW_SECONDS - ALLOWED
    clock.advance(WINDOW_SECONDS - ALLOWED)
    assert attempts.wait_seconds("10.0.0.1") == 0


def test_one_address_does_not_lock_out_another() -> None:
    """Whoever guesses keeps nobody else from signing in."""
    attempts = Attempts(FixedClock())
    for _ in range(100):
        attempts.failed("10.0.0.1")
    assert attempts.wait_seconds("10.0.0.2") == 0
