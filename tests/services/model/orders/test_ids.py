"""Names of orders, there and back."""

from hypothesis import given
from hypothesis import strategies as st

from stockbot.events.identity import decision_id_of
from stockbot.model.orders.ids import LONGEST, Origin, client_order_id, origin_of

NAMES = st.text(st.characters(codec="ascii", exclude_characters="\x00"), min_size=1, max_size=128)
ORIGINS = st.builds(Origin, strategy=NAMES, signal_id=NAMES, leg=st.integers(0, 9), revision=st.integers(0, 999))


@given(ORIGINS, ORIGINS)
def test_two_origins_never_share_a_name(one: Origin, other: Origin) -> None:
    """Whatever strategies and signals are called, a name stands for one origin, and what is read back is that one."""
    first, second = client_order_id(one), client_order_id(other)
    assert (first == second) == (one == other)
    assert len(first) <= LONGEST
    assert origin_of(first) in (one, None)


def test_usual_names_can_be_read() -> None:
    """A strategy of the document and a signal of ours are seen at the broker."""
    origin = Origin(strategy="trend-5m", signal_id="1183f237285f2a3c72b679c00279f439", leg=0, revision=2)
    assert client_order_id(origin) == "sb.trend-5m.1183f237285f2a3c72b679c00279f439.0.2"
    assert origin_of(client_order_id(origin)) == origin


def test_names_of_others_are_nobodys() -> None:
    """What a person or another program sends carries no origin."""
    for name in ("", "by-hand", "904837e3-3b76-47ec-b432-046db621571b", "sb.trend", "sb.a.b.c.d", "sb.a.b.0.-1"):
        assert origin_of(name) is None


def test_a_decision_has_the_id_that_its_signal_gives() -> None:
    """The Execution Engine finds the decision of an order that only the broker remembers."""
    assert decision_id_of("signal-1") == decision_id_of("signal-1") != decision_id_of("signal-2")
