"""Carries out a plan: writes and deletes, each under the fence, and says what could not be done.

A name that is free in the cache may still be somebody else's: objects without our label are not watched. So the
server is asked before the first write to a name, and an object that is not ours is left alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from stockbot_operator.builders.blueprint import Manifest
from stockbot_operator.cache import Cache
from stockbot_operator.fence import Fence
from stockbot_operator.kube.client import Client
from stockbot_operator.kube.errors import Contradicted, Forbidden, Invalid, NotFound, Refused
from stockbot_operator.kube.kinds import CONFIG_MAPS, DEPLOYMENTS, SERVICE_ACCOUNTS, SERVICE_MONITORS, Kind
from stockbot_operator.kube.objects import PartialObject, Slot
from stockbot_operator.outcome import Cause
from stockbot_operator.plan import Application, Plan, digest, fingerprint

NEEDED_BY_PODS = frozenset({CONFIG_MAPS.name, SERVICE_ACCOUNTS.name})
ABSENT_KINDS = frozenset({SERVICE_MONITORS.name})


@dataclass
class Applier:
    """Writes to one API server. What it has written is in `written`, by owner: see `plan.Written`."""

    client: Client
    cache: Cache
    fence: Fence

    async def carry_out(
        self, plan: Plan, written: dict[Slot, tuple[str, str]], is_ours: Callable[[PartialObject], bool]
    ) -> list[Cause]:
        """Return what stands in the way; raises ApiUnavailable and NotLeading, after which it all comes again."""
        problems = {slot: name_conflict(slot) for slot in plan.foreign}
        for application in plan.applications:
            if application.kind is DEPLOYMENTS and any(kind in NEEDED_BY_PODS for kind, _ in problems):
                continue  # its pods could not start
            problem = await self._write(application, written, is_ours)
            if problem is not None:
                problems[application.slot] = problem
        for kind, item in plan.deletions:
            await self._delete(kind, item, written)
        return list(problems.values())

    async def _write(
        self,
        application: Application,
        written: dict[Slot, tuple[str, str]],
        is_ours: Callable[[PartialObject], bool],
    ) -> Cause | None:
        try:
            item = await self._apply(application, is_ours)
        except NotFound as error:
            return None if application.kind.name in ABSENT_KINDS else _refused(application, error)
        except Refused as error:
            return _refused(application, error)
        if item is None:
            return name_conflict(application.slot)
        self.cache.put_owned(application.kind, item, own_write=True)
        written[application.slot] = (digest(application.manifest), fingerprint(item))
        return None

    async def _apply(self, application: Application, is_ours: Callable[[PartialObject], bool]) -> PartialObject | None:
        """Return the object as it is now; None where it is not ours."""
        kind, manifest = application.kind, application.manifest
        found = None if application.is_known else await self._find(application)
        if found is not None and not is_ours(found):
            return None
        if application.is_known or found is not None:
            return await self.client.apply(kind, manifest, force=True, seconds=self._seconds(manifest))
        item, is_shared = await self.client.apply_new(kind, manifest, seconds=self._seconds(manifest))
        if is_shared:
            await self._take_back(application)
            return None
        return item

    async def _take_back(self, application: Application) -> None:
        """Somebody made the object between our look and our write: to apply nothing gives up what we added to it."""
        place = {key: application.manifest["metadata"][key] for key in ("name", "namespace")}
        nothing = {key: application.manifest[key] for key in ("apiVersion", "kind")} | {"metadata": place}
        await self.client.apply(application.kind, nothing, force=False, seconds=self._seconds(nothing))

    async def _find(self, application: Application) -> PartialObject | None:
        place = application.manifest["metadata"]
        try:
            return await self.client.get(application.kind, place["namespace"], place["name"], cached=True)
        except NotFound:
            return None

    def _seconds(self, manifest: Manifest) -> float:
        return self.fence.remaining(manifest["metadata"]["namespace"])

    async def _delete(self, kind: Kind, item: PartialObject, written: dict[Slot, tuple[str, str]]) -> None:
        meta = item.metadata
        written.pop((kind.name, meta.name), None)
        try:
            await self.client.delete(
                kind, meta.namespace, meta.name, meta.uid, seconds=self.fence.remaining(meta.namespace)
            )
        except (NotFound, Contradicted):  # it is gone, or another has its name by now
            return


def name_conflict(slot: Slot) -> Cause:
    kind, name = slot
    words = f"the {kind} {name} exists and is not ours: delete it, or give this TradingService another name"
    return Cause("NameConflict", words)


def _refused(application: Application, error: Refused) -> Cause:
    """Put the server's refusal in the words of a condition."""
    if isinstance(error, Contradicted) and not application.is_known:
        return name_conflict(application.slot)
    kind, name = application.slot
    return Cause(_reason(error), f"the {kind} {name} was refused: {error.message}")


def _reason(error: Refused) -> str:
    if isinstance(error, Invalid):
        return "ImmutableField" if "field is immutable" in error.message else "ApplyRejected"
    if isinstance(error, Forbidden):
        return "QuotaExceeded" if "exceeded quota" in error.message else "ApplyForbidden"
    return "ApplyRejected"
