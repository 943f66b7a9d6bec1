"""How full the bus is, on real servers."""

from stockbot.runtime.bus import Bus
from stockbot.runtime.bus.memory import memory


async def test_the_server_tells_what_it_uses_and_may_use(bus: Bus) -> None:
    """Both are bytes; a server without a limit says zero."""
    found = await memory(bus)
    assert found is not None
    assert found.used > 100_000
    assert found.limit == 0 or found.limit > found.used


async def test_a_server_that_does_not_tell_is_no_trouble(bus: Bus) -> None:
    """Where INFO is not allowed, as somebody else's server may have it, there is no number, and no error."""
    await bus.commands.execute_command("ACL", "SETUSER", "default", "-info")
    try:
        assert await memory(bus) is None
    finally:
        await bus.commands.execute_command("ACL", "SETUSER", "default", "+info")
