"""What a service says of itself over /readyz."""

import httpx
import pytest

from stockbot.local.children import readiness_in
from stockbot.local.states import Readiness

GOOD = {"name": "database", "ok": True, "reason": None}
BAD = {"name": "bus", "ok": False, "reason": "not connected yet"}


@pytest.mark.parametrize(
    ("status", "content", "readiness"),
    [
        (200, {"ready": True, "checks": [GOOD], "degraded": []}, Readiness(ready=True)),
        (503, {"ready": False, "checks": [GOOD, BAD], "degraded": []}, Readiness(False, "bus: not connected yet")),
        (200, {"ready": True, "checks": [GOOD], "degraded": [BAD]}, Readiness(True, "bus: not connected yet")),
        (503, {"ready": False}, Readiness(False, "/readyz says 503")),
        (503, [1], Readiness(False, "/readyz says 503")),
        (200, {}, Readiness(ready=True)),
    ],
)
def test_readiness(status: int, content: object, readiness: Readiness) -> None:
    """Failed checks are the reason, else what it works without; an answer of another shape counts by its status."""
    assert readiness_in(httpx.Response(status, json=content)) == readiness


def test_an_answer_that_is_no_json_counts_by_its_status() -> None:
    """A page of a proxy is no reason to crash."""
    assert readiness_in(httpx.Response(502, text="<html>")) == Readiness(False, "/readyz says 502")
