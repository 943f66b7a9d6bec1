"""What became of one reconciliation before its status is written. Made by the shells, read by `status`."""

from dataclasses import dataclass

from stockbot_operator.rollout import Waits


@dataclass(frozen=True)
class Cause:
    """Why something is not as it should be: a word for programs, and a sentence for people."""

    reason: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the Risk Guardian answered to the declared trading state, or why it did not."""

    declared: str | None = None
    effective: str | None = None
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    problems: tuple[Cause, ...] = ()
    waits: Waits | None = None
    told: Told | None = None
    is_paused: bool = False
    is_settling: bool = False  # its Deployment comes once the others of the namespace are there
