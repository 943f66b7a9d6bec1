"""How long is waited: with what comes and goes, and with a channel that fails."""

from datetime import timedelta

from stockbot.model.alerts.flapping import LONGEST, patience
from stockbot.model.alerts.retries import Retries


def test_what_comes_and_goes_is_told_more_and_more_seldom() -> None:
    """The first three at once, then after pauses that double up to ten minutes."""
    assert [patience(flaps).total_seconds() for flaps in (0, 2, 3, 4, 5, 8, 500)] == [0, 0, 30, 60, 120, 600, 600]
    assert patience(10**6) == LONGEST


def test_a_failing_channel_is_tried_for_hours_and_not_for_ever() -> None:
    """Pauses double to ten minutes, and after thirty attempts a delivery is given up."""
    retries = Retries()
    pauses = [retries.pause(failures) for failures in range(1, retries.most)]
    assert [pause.total_seconds() for pause in pauses[:4]] == [5, 10, 20, 40]
    assert timedelta(hours=3) < sum(pauses, timedelta()) < timedelta(hours=5)
    assert retries.pause(10**6) == retries.longest
    assert (retries.is_given_up(29), retries.is_given_up(30)) == (False, True)
