"""A person's own strategies: Python files of a folder, and entry points of installed packages.

Importing a file runs it, so it is done where strategies run, under their watchdog. Whatever is wrong with a file or a
class is told and disturbs nothing else.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from stockbot.errors import ConfigurationError
from stockbot.model.strategies.catalogue import Kind, checked
from stockbot.model.strategies.strategy import Strategy
from stockbot.strategy_orchestrator.failures import described

GROUP = "stockbot.strategies"
MODULES = "stockbot_own_strategies"


@dataclass
class OwnStrategies:
    """The classes by `Class` and by `file:Class`, the digest of each one's code, and what could not be loaded."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    code: dict[Kind, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def add(self, place: str, kind: Kind, code: str) -> None:
        self.kinds[f"{place}:{kind.__name__}"] = kind
        self.kinds.setdefault(kind.__name__, kind)
        self.code[kind] = code


def load(folder: Path | None, begin: Callable[[str], None], hung: Mapping[str, str]) -> OwnStrategies:
    """Load everything; `begin` is told what comes next, `hung` gives the code of what never came back, by name."""
    own = OwnStrategies()
    files: list[_File | _Point] = [_File(path) for path in python_files(folder, own)]
    points = [_Point(point) for point in entry_points(group=GROUP)]
    for source in [*files, *points]:
        _load(source, begin, hung, own)
    return own


def loading(name: str, code: str) -> str:
    """What `begin` is told; no strategy of a document has an @ in its name."""
    return f"{name}@{code}"


def loaded(running: str) -> tuple[str, str] | None:
    """Name and code of what was being loaded; None for a strategy that runs."""
    name, at, code = running.rpartition("@")
    return (name, code) if at else None


@dataclass(frozen=True)
class _File:
    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def place(self) -> str:
        return self.path.stem

    def code(self) -> str:
        return _digest(self.path.read_bytes())

    def kinds(self) -> Sequence[object]:
        return classes_in(_module(self.path))


@dataclass(frozen=True)
class _Point:
    point: EntryPoint

    @property
    def name(self) -> str:
        return self.point.name

    @property
    def place(self) -> str:
        return self.point.module

    def code(self) -> str:
        version = self.point.dist.version if self.point.dist is not None else ""
        return _digest(f"{self.point.value} {version}".encode())

    def kinds(self) -> Sequence[object]:
        return [self.point.load()]


def _load(source: _File | _Point, begin: Callable[[str], None], hung: Mapping[str, str], own: OwnStrategies) -> None:
    try:
        code = source.code()
        if hung.get(source.name) == code:
            raise ConfigurationError("it hung while it was loaded: mend it, and it is tried again")
        begin(loading(source.name, code))
        kinds = source.kinds()
    except BaseException as error:  # noqa: BLE001 - a person's code may raise anything, SystemExit too
        own.problems[source.name] = described(error)
        return
    for kind in kinds:
        _add(source.place, kind, code, own)


def python_files(folder: Path | None, own: OwnStrategies) -> list[Path]:
    """The files of the folder, by name; hidden ones, such as a ConfigMap's own, are left out."""
    if folder is None:
        return []
    if not folder.is_dir():
        own.problems[str(folder)] = "there is no such folder"
        return []
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("."))


def _digest(code: bytes) -> str:
    return blake2b(code, digest_size=16).hexdigest()


def _module(path: Path) -> ModuleType:
    name = f"{MODULES}.{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigurationError("it is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module  # annotations in it are looked up there
    spec.loader.exec_module(module)
    return module


def classes_in(module: ModuleType) -> list[type]:
    """The strategies that the module itself defines."""
    found = (each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Strategy))
    return [kind for kind in found if kind.__module__ == module.__name__]


def _add(place: str, kind: object, code: str, own: OwnStrategies) -> None:
    try:
        own.add(place, checked(kind), code)
    except ConfigurationError as error:
        own.problems[f"{place}:{getattr(kind, '__name__', kind)}"] = str(error)
