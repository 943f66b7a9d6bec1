"""Brings the definition of TradingService on a cluster to this version's, and touches nothing else there."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from stockbot.errors import Conflict, Unavailable
from stockbot.runtime.clock import Clock
from stockbot.runtime.kubernetes import Api, Refused, Resource
from stockbot.runtime.kubernetes.errors import NOT_FOUND
from stockbot.spec.crd.definition import GROUP, PLURAL

DEFINITIONS = Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", is_namespaced=False)
NAME = f"{PLURAL}.{GROUP}"
MANAGER = "stockbot-crd"  # the one field manager of the definition, whatever wrote it before
ESTABLISHED_SECONDS = 30.0
POLL_SECONDS = 0.2


class Metadata(Struct, frozen=True):
    generation: int = 0


class Condition(Struct, frozen=True):
    type: str
    status: str
    message: str = ""


class Status(Struct, frozen=True, rename="camel"):
    """Both are null or absent for a moment after the definition is made."""

    conditions: tuple[Condition, ...] | None = None
    stored_versions: tuple[str, ...] | None = None


class Definition(Struct, frozen=True):
    """What is read of the one that is there."""

    metadata: Metadata
    status: Status = Status()


async def upgrade(api: Api, clock: Clock, wanted: Mapping[str, Any]) -> str:
    """Apply `wanted` and wait until the server has established it; return what was done, in a word.

    Raises Conflict where resources may be stored in a version that it does not have any more, Unavailable where it is
    not established in time, and what `Api` raises.
    """
    before = await _find(api)
    if before is not None:
        refuse_lost_versions(before, wanted)
    after = await api.apply(DEFINITIONS, wanted, Definition, manager=MANAGER)
    await _until_established(api, clock)
    return done(before, after)


def refuse_lost_versions(there: Definition, wanted: Mapping[str, Any]) -> None:
    """Raise Conflict where the server may still store resources in a version that would be dropped."""
    kept = [version["name"] for version in wanted["spec"]["versions"]]
    lost = [version for version in there.status.stored_versions or () if version not in kept]
    if lost:
        raise Conflict(
            f"{NAME}: resources may be stored as {', '.join(lost)}, and this version of Stockbot knows only"
            f" {', '.join(kept)}; nothing was changed. Use a version that knows both, write every TradingService anew"
            " with it, then take the old name out of the definition's status.storedVersions"
        )


def missing(there: Definition) -> str:
    """Return what keeps the definition from being established, in the server's words; empty where nothing does."""
    conditions = {condition.type: condition for condition in there.status.conditions or ()}
    for type_ in ("NamesAccepted", "Established"):
        found = conditions.get(type_, Condition(type_, "Unknown", "the server has not looked at it yet"))
        if found.status != "True":
            return f"{type_} is {found.status}: {found.message}"
    return ""


def done(before: Definition | None, after: Definition) -> str:
    if before is None:
        return "made"
    return "unchanged" if before.metadata.generation == after.metadata.generation else "upgraded"


async def _find(api: Api) -> Definition | None:
    try:
        return await api.get(DEFINITIONS, NAME, Definition)
    except Refused as error:
        if error.status == NOT_FOUND:
            return None
        raise


async def _until_established(api: Api, clock: Clock) -> None:
    deadline = clock.monotonic() + ESTABLISHED_SECONDS
    while lack := missing(await api.get(DEFINITIONS, NAME, Definition)):
        if clock.monotonic() >= deadline:
            raise Unavailable(f"{NAME} is applied, but after {ESTABLISHED_SECONDS:g} s not established: {lack}")
        await clock.sleep(POLL_SECONDS)
