"""What is read of a definition that is there, before and after it is applied; the rest is in tests/cluster."""

import msgspec
import pytest

from stockbot.cli.definition_upgrade import Definition, done, missing, refuse_lost_versions
from stockbot.errors import Conflict
from stockbot.spec.crd import definition


def there(generation: int = 1, **status: object) -> Definition:
    return msgspec.convert({"metadata": {"generation": generation}, "status": status}, Definition)


def test_a_definition_is_established_when_both_conditions_say_so() -> None:
    """For a moment it has none; a name that another kind has is said in the server's words."""
    accepted = {"type": "NamesAccepted", "status": "True", "message": "no conflicts found"}
    established = {"type": "Established", "status": "True"}
    assert missing(there(conditions=[established, accepted])) == ""
    assert missing(there(conditions=[accepted])).startswith("Established is Unknown")
    assert missing(there(conditions=None)).startswith("NamesAccepted is Unknown")
    refused = {"type": "NamesAccepted", "status": "False", "message": '"ts" is already in use'}
    assert missing(there(conditions=[refused])) == 'NamesAccepted is False: "ts" is already in use'


def test_only_versions_that_stay_may_have_stored_resources() -> None:
    """A definition that nothing was stored by yet may have any."""
    wanted = definition()
    refuse_lost_versions(there(), wanted)
    refuse_lost_versions(there(storedVersions=["v1alpha1"]), wanted)
    with pytest.raises(Conflict, match="may be stored as v1alpha0"):
        refuse_lost_versions(there(storedVersions=["v1alpha0", "v1alpha1"]), wanted)


def test_the_word_for_what_was_done_is_the_servers() -> None:
    """Its generation counts changes of what the definition says, and nothing else."""
    assert done(None, there()) == "made"
    assert done(there(1), there(1)) == "unchanged"
    assert done(there(1), there(2)) == "upgraded"
