"""What a document refers to by name: Secrets and the ConfigMap of a person's own strategies. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from stockbot.spec import ServiceType, TradingService
from stockbot.spec.secret_references import SecretKey, SecretSource
from stockbot.spec.strategy_orchestrator import StrategyOrchestrator
from stockbot_operator.kube.objects import Material
from stockbot_operator.names import SERVICE_TOKEN_KEY, TOKENS_FILE_KEY, TOKENS_SECRET

SECRET, CONFIG_MAP = "Secret", "ConfigMap"
HASH_DIGITS = 16


@dataclass(frozen=True, order=True)
class Reference:
    """A key of an object; an empty key means all of it. `restarts` where a running pod would not see a change."""

    kind: str
    name: str
    key: str
    restarts: bool = True


def references_of(document: TradingService) -> frozenset[Reference]:
    """Return everything that the pods of this document need and that a person keeps elsewhere."""
    return frozenset(_references(document))


def secrets_of_block(document: TradingService) -> list[SecretKey]:
    """Return the Secrets that the type's own block refers to, each once, in the order of their names."""
    block = getattr(document.spec, document.spec.type.field)
    found = {(one.secret_ref.name, one.secret_ref.key): one.secret_ref for one in _sources(block)}
    return [found[place] for place in sorted(found)]


def strategies_config_map(document: TradingService) -> str | None:
    """Return the name of the ConfigMap with a person's own strategies, if there is one."""
    block = document.spec.strategy_orchestrator or StrategyOrchestrator()
    if document.spec.type is not ServiceType.STRATEGY_ORCHESTRATOR or block.strategies_from is None:
        return None
    reference = block.strategies_from.config_map_ref
    return None if reference is None else reference.name


def digest(uid: str, references: Iterable[Reference], found: Mapping[tuple[str, str], Material | None]) -> str:
    """Hash what the references hold, with the resource's UID: a plain hash of a short password would tell it.

    `found` has the objects by kind and name; what is absent counts as empty.
    """
    hashed = hashlib.sha256(uid.encode())
    for reference in sorted(references):
        if reference.restarts:
            material = found.get((reference.kind, reference.name))
            for key, value in _entries(reference, material):
                hashed.update(f"\0{reference.kind}\0{reference.name}\0{key}\0{value}".encode())
    return hashed.hexdigest()[:HASH_DIGITS]


def missing(references: Iterable[Reference], found: Mapping[tuple[str, str], Material | None]) -> list[Reference]:
    """Return the references whose object or key is known not to be there."""
    return sorted(one for one in references if (one.kind, one.name) in found and _lacks(one, found[one.kind, one.name]))


def _lacks(reference: Reference, material: Material | None) -> bool:
    return material is None or (reference.key != "" and reference.key not in material.data)


def _entries(reference: Reference, material: Material | None) -> list[tuple[str, str]]:
    held = {} if material is None else material.data
    return sorted((key, value) for key, value in held.items() if reference.key in ("", key))


def _references(document: TradingService) -> Iterator[Reference]:
    spec = document.spec
    own = [variable.value_from.secret_key_ref for variable in spec.env if variable.value_from is not None]
    trusted = [] if spec.authorities is None else [spec.authorities.secret_ref]
    for reference in [spec.bus.secret_ref, spec.database.secret_ref, *trusted, *own, *secrets_of_block(document)]:
        yield Reference(SECRET, reference.name, reference.key)
    yield Reference(SECRET, TOKENS_SECRET, SERVICE_TOKEN_KEY)
    yield Reference(SECRET, TOKENS_SECRET, TOKENS_FILE_KEY, restarts=False)
    strategies = strategies_config_map(document)
    if strategies is not None:
        yield Reference(CONFIG_MAP, strategies, "")


def _sources(part: object) -> Iterator[SecretSource]:
    """Yield every reference to a Secret within a part of the document, whatever its depth."""
    if isinstance(part, SecretSource):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _sources(getattr(part, name))
    elif isinstance(part, tuple):
        for one in part:
            yield from _sources(one)
