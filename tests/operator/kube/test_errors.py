"""What the API server's answers mean: later may help, or never will."""

import pytest

from stockbot_operator.kube.errors import ApiUnavailable, Contradicted, Invalid, Refused, error_of

TWINS = 'failed to create typed patch object (a/b; apps/v1, Kind=Deployment): duplicate entries for key [name="a"]'


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (500, "etcdserver: request timed out", ApiUnavailable),
        (429, "too many requests", ApiUnavailable),
        (500, TWINS, Invalid),
        (422, "is invalid", Invalid),
        (409, "conflict", Contradicted),
    ],
)
def test_what_an_answer_means(status: int, message: str, kind: type[Exception]) -> None:
    """An object that the server can never take is a condition with its words, not a 500 that passes."""
    found = error_of(status, "", message)
    assert type(found) is kind
    assert isinstance(found, Refused) is (kind is not ApiUnavailable)
