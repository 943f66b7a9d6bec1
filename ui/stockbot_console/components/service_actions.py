"""The buttons that restart, suspend, resume and scale a service; for whom there are none, why."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial

from stockbot.runtime.auth import Role
from stockbot_console.answers import Failure
from stockbot_console.components.confirmation import Confirmation
from stockbot_console.components.elements import box, text
from stockbot_console.console import Console, Visitor
from stockbot_console.service_acts import NEEDED, ServiceActs
from stockbot_console.view_models.service_questions import ServiceAction

WITHHELD = "You see the services. Restarting, suspending and scaling them needs the role admin: sign in with its token."


class ServiceActions:
    """Asks on behalf of the visitor of a page, who has `role`."""

    def __init__(self, console: Console, visitor: Visitor, role: Role) -> None:
        acts = ServiceActs(console, visitor)
        self._steps: Mapping[str, Callable[..., Awaitable[Failure | None]]] = {
            "restart": acts.restart,
            "suspend": acts.suspend,
            "resume": acts.resume,
            "scale": acts.scale,
        }
        self._confirmation = Confirmation()
        self.may_act = role >= NEEDED

    def note(self) -> None:
        """Say why there are no buttons, where there are none."""
        if not self.may_act:
            text(WITHHELD, "muted withheld", tag="p")

    def buttons(self, service: str, actions: Iterable[ServiceAction]) -> None:
        if not self.may_act:
            return
        with box("buttons"):
            for action in actions:
                act = partial(self._steps[action.step], service)
                ask = partial(self._confirmation.ask, action.question, act)
                button = box(f"plain {action.tone}", tag="button", type="button").mark(f"{action.step}-{service}")
                with button.on("click", ask, args=[]):
                    text(action.label, tag="span")
