"""What a person may do from a page: the role is checked anew, and the person's own token goes with it. Used by pages.

A live page outlives a logout and a change of role, so nothing that was true when it was built counts here. Afterwards
the service is asked how it stands: a page shows what is so, not what was wished.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import SecretStr

from stockbot.runtime.auth import Role
from stockbot_console.answers import Failure
from stockbot_console.console import Console, Visitor
from stockbot_console.guardian_answers import TradingState
from stockbot_console.watch import look_at_risk, look_at_strategies

SIGNED_OUT = Failure(reason="You are not signed in any more.", remedy="Sign in, then do it again.")
GONE = Failure(reason="The platform has no such service.", remedy="")

S = TypeVar("S")
T = TypeVar("T")


async def ask_strategy(console: Console, visitor: Visitor, strategy: str, step: str, reason: str) -> Failure | None:
    """Ask a strategy to start, pause or stop; None where it was taken on."""
    orchestrator, token = console.services.orchestrator, permit(visitor, Role.TRADER)
    if isinstance(token, Failure) or orchestrator is None:
        return token if isinstance(token, Failure) else GONE
    answer = await orchestrator.ask(strategy, step, reason, token)
    await look_at_strategies(orchestrator, console.board)
    console.board.publish()
    return answer if isinstance(answer, Failure) else None


async def choose_state(
    console: Console, visitor: Visitor, state: TradingState, needs: Role, reason: str
) -> Failure | None:
    """Set the trading state; None where it is set."""
    guardian, token = console.services.guardian, permit(visitor, needs)
    if isinstance(token, Failure) or guardian is None:
        return token if isinstance(token, Failure) else GONE
    answer = await guardian.choose(state, reason, token)
    await look_at_risk(guardian, console.board)
    console.board.publish()
    return answer if isinstance(answer, Failure) else None


async def act(
    visitor: Visitor, needed: Role, service: S | None, ask: Callable[[S, SecretStr], Awaitable[T | Failure]]
) -> T | Failure:
    """Ask the service in the person's own name, if their role is `needed` or higher at this moment."""
    token = permit(visitor, needed)
    if isinstance(token, Failure) or service is None:
        return token if isinstance(token, Failure) else GONE
    return await ask(service, token)


def permit(visitor: Visitor, needed: Role) -> SecretStr | Failure:
    """Give the visitor's own token where their role is `needed` or higher, else the reason why not."""
    principal, token = visitor.principal, visitor.token
    if principal is None or token is None:
        return SIGNED_OUT
    if principal.role < needed:
        return Failure(
            reason=f"{principal.name} has the role {principal.role}; this needs the role {needed}.", remedy=""
        )
    return token
