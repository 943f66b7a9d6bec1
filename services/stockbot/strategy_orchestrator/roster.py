"""The strategies of the document on this shard: where each stands in its life, and its desks. No I/O.

What is to be committed gathers in `changes`; the shell takes it out once it is in SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from stockbot.errors import ConfigurationError
from stockbot.events.alerts import Alert, Severity
from stockbot.model.strategies import lifecycle
from stockbot.model.strategies.lifecycle import Life, State, Step
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator.assignments import Assignment, Shard, assignment_of, digest_of
from stockbot.strategy_orchestrator.desk import Desk, Progress
from stockbot.strategy_orchestrator.own_strategies import OwnStrategies
from stockbot.strategy_orchestrator.register import Desire, Request, Standing, desired

Key = tuple[str, str]  # strategy, symbol


@dataclass
class Member:
    """One strategy; `assignment` is None where the document or the code is wrong, and `wrong` says what."""

    spec: Strategy
    standing: Standing
    assignment: Assignment | None = None
    wrong: str = ""
    desks: list[Desk] = field(default_factory=list)

    @property
    def state(self) -> State:
        return self.standing.life.state


@dataclass
class Changes:
    """What SQL does not know yet."""

    standings: dict[str, Standing] = field(default_factory=dict)
    forgotten: list[Key] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.standings or self.forgotten or self.alerts)


class Roster:
    """`account` and `shard` are the same for all of them."""

    def __init__(self, *, account: str, shard: Shard) -> None:
        self.members: dict[str, Member] = {}
        self.changes = Changes()
        self._account = account
        self.shard = shard
        self._resumed: dict[Key, Progress] = {}
        self._by_symbol: dict[str, list[Desk]] = {}

    @property
    def desks(self) -> list[Desk]:
        return [desk for member in self.members.values() for desk in member.desks]

    def desks_of(self, symbol: str) -> Sequence[Desk]:
        return self._by_symbol.get(symbol, ())

    def take_changes(self) -> Changes:
        changes, self.changes = self.changes, Changes()
        return changes

    def put_back(self, changes: Changes) -> None:
        """Keep for the next time what could not be committed."""
        later = self.changes
        self.changes = Changes(
            changes.standings | later.standings,
            changes.forgotten + later.forgotten,
            changes.alerts + later.alerts,
        )

    def open(
        self,
        specs: Iterable[Strategy],
        own: OwnStrategies,
        standings: Iterable[Standing],
        progress: Mapping[Key, Progress],
        now: datetime,
    ) -> None:
        """Take the strategies of the document, each where it stood when the process before this one ended."""
        before = {each.strategy: each for each in standings if each.shard == self.shard.number}
        self._resumed = dict(progress)
        for spec in specs:
            member = self._member(spec, own, before.get(spec.name), now)
            self.members[spec.name] = member
            self._stand(member, member.standing)

    def obey(self, requests: Mapping[str, Request], now: datetime) -> None:
        """Do what the document and people want of each strategy."""
        for name, member in self.members.items():
            request = requests.get(name)
            wish, number = desired(member.spec.enabled, request)
            why = f"{request.who}: {request.why}" if request is not None and number else "the document"
            for step in _steps(member.state, wish, is_news=number > member.standing.obeyed):
                if (member.state, step) in lifecycle.TRANSITIONS:  # a start may have ended in a failure
                    self._enter(member, step, why, now)
            if number > member.standing.obeyed:
                self._stand(member, replace(member.standing, obeyed=number))
        self.changes.forgotten += [key for key in self._resumed if self.shard.has(key[1])]  # nobody goes on there
        self._resumed = {}

    def fail(self, name: str, reason: str, now: datetime) -> None:
        self._enter(self.members[name], Step.FAIL, reason, now)

    def note_warm(self, now: datetime) -> None:
        """Strategies with a warm symbol run; those without any symbol on this shard have nothing to wait for."""
        for member in self.members.values():
            if member.state is State.WARMING and (not member.desks or any(desk.is_warm for desk in member.desks)):
                self._enter(member, Step.WARMED, "its history is known", now)

    def _member(self, spec: Strategy, own: OwnStrategies, before: Standing | None, now: datetime) -> Member:
        assignment, wrong = self._assignment(spec, own)
        digest = digest_of(spec, own.code.get(assignment.kind, assignment.kind.version) if assignment else wrong)
        failed = before is not None and before.life.state is State.FAILED and before.digest == digest
        life = before.life if before is not None and failed else Life(state=State.STOPPED, reason="the service starts")
        obeyed = before.obeyed if before is not None else 0
        since = before.since if before is not None and failed else now
        standing = Standing(
            strategy=spec.name, shard=self.shard.number, life=life, since=since, digest=digest, obeyed=obeyed
        )
        if before is not None and before.life.state is State.FAILED and not failed:
            self.changes.alerts.append(_recovered(standing))
        return Member(spec, standing, assignment, wrong)

    def _assignment(self, spec: Strategy, own: OwnStrategies) -> tuple[Assignment | None, str]:
        try:
            return assignment_of(spec, own.kinds, account=self._account, shard=self.shard), ""
        except ConfigurationError as error:
            problems = "".join(f"; {name} was not loaded: {why}" for name, why in sorted(own.problems.items()))
            return None, f"{error}{problems}"

    def _enter(self, member: Member, step: Step, reason: str, now: datetime) -> None:
        before = member.standing.life
        life = lifecycle.after(before, step, reason)
        if life is before:
            return
        self._stand(member, replace(member.standing, life=life, since=now))
        self._furnish(member, before.state)
        if life.state is State.FAILED:
            self.changes.alerts.append(_failed(member.standing))
        elif before.state is State.FAILED:
            self.changes.alerts.append(_recovered(member.standing))
        if life.state is State.WARMING and member.assignment is None:
            self._enter(member, Step.FAIL, member.wrong, now)

    def _furnish(self, member: Member, before: State) -> None:
        """Desks for a strategy that starts, none for one that ends; it then forgets how far it was."""
        if member.state in {State.STOPPED, State.FAILED}:
            keys = [(member.spec.name, symbol) for symbol in member.spec.symbols if self.shard.has(symbol)]
            self.changes.forgotten += keys
            member.desks = []
        elif before in {State.STOPPED, State.FAILED} and member.assignment is not None:
            member.desks = [self._desk(member.assignment, symbol) for symbol in member.assignment.symbols]
        self._by_symbol = {}
        for desk in self.desks:
            self._by_symbol.setdefault(desk.symbol, []).append(desk)

    def _desk(self, assignment: Assignment, symbol: str) -> Desk:
        progress = self._resumed.pop((assignment.instance.name, symbol), None)
        return Desk(assignment, symbol, progress=progress, saved=progress)

    def _stand(self, member: Member, standing: Standing) -> None:
        member.standing = standing
        self.changes.standings[standing.strategy] = standing


def _steps(state: State, wish: Desire, *, is_news: bool) -> list[Step]:
    """The steps from where a strategy stands to where it should be; a failed one waits for a new request."""
    if wish is Desire.STOPPED:
        return [Step.STOP]
    if state is State.FAILED and not is_news:
        return []
    idle = state in {State.STOPPED, State.FAILED}
    if wish is Desire.PAUSED:
        return [Step.START, Step.PAUSE] if idle else [Step.PAUSE]
    return [Step.START] if idle or state is State.PAUSED else []


def _failed(standing: Standing) -> Alert:
    return Alert(
        fingerprint=_fingerprint(standing),
        severity=Severity.CRITICAL,
        title=f"the strategy {standing.strategy} has failed",
        detail=standing.life.reason[:2000],
        labels={"strategy": standing.strategy, "shard": str(standing.shard)},
    )


def _recovered(standing: Standing) -> Alert:
    return Alert(
        fingerprint=_fingerprint(standing),
        severity=Severity.INFO,
        title=f"resolved: the strategy {standing.strategy} has failed",
        resolved=True,
        labels={"strategy": standing.strategy, "shard": str(standing.shard)},
    )


def _fingerprint(standing: Standing) -> str:
    return f"strategy-failed/{standing.strategy}/{standing.shard}"
