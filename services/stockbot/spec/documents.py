"""Reads TradingService documents from files and folders, and writes one back.

Used by `stockbot up`, `stockbot serve` and the operator. All that is wrong is said at once, one line each.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from stockbot.errors import ConfigurationError
from stockbot.spec import complaints, yaml_text
from stockbot.spec.service import TradingService

SUFFIXES = frozenset({".yaml", ".yml"})
GROUP = "stockbot.dev/"
KUSTOMIZATION = "kustomization"


class Found(NamedTuple):
    """A good document, and where it was read: the file, with the line where the file holds several."""

    place: str
    document: TradingService


class Refused(NamedTuple):
    """Why a file or a document in it cannot be used."""

    words: str


def load_documents(path: Path) -> list[TradingService]:
    """Read the TradingServices of a file, or of a folder's YAML files in order of name; skip other kinds.

    Raises ConfigurationError with one line for each complaint.
    """
    results = [result for file in files_of(path) for result in read_file(file)]
    found = [result for result in results if isinstance(result, Found)]
    words = [result.words for result in results if isinstance(result, Refused)]
    words += twins(found)
    if words:
        raise ConfigurationError("\n".join(words))
    return [result.document for result in found]


def read_document(given: Any, place: str) -> TradingService:
    """Check a parsed map, for example from the Kubernetes API; ConfigurationError says what is wrong."""
    try:
        return TradingService.model_validate(given)
    except ValidationError as error:
        lines = complaints.lines(error, TradingService)
        raise ConfigurationError("\n".join(f"{place}: {line}" for line in lines)) from None


def write_document(document: TradingService, path: Path) -> None:
    """Write what was set in the document as YAML that loads equal, for its owner alone: `env` may hold secrets."""
    path.touch()
    path.chmod(0o600)
    path.write_text(yaml_text.write(document.model_dump(mode="json", by_alias=True, exclude_unset=True)), "utf-8")


def files_of(path: Path) -> list[Path]:
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no such file or folder")
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.stem != KUSTOMIZATION)


def read_file(file: Path) -> Iterator[Found | Refused]:
    try:
        parsed = list(yaml_text.parse(text_of(file), str(file)))
    except ConfigurationError as error:
        yield Refused(str(error))
        return
    written = [(line, given) for line, given in parsed if given is not None]
    for line, given in written:
        place = str(file) if len(written) == 1 else f"{file}:{line}"
        yield from read_one(given, place)


def read_one(given: Any, place: str) -> Iterator[Found | Refused]:
    if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
        yield Refused(f"{place}: is no Kubernetes document; it needs apiVersion and kind")
    elif given["kind"] == "TradingService" or str(given.get("apiVersion")).startswith(GROUP):
        try:
            yield Found(place, read_document(given, place))
        except ConfigurationError as error:
            yield Refused(str(error))


def text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: is not UTF-8 text (byte {error.start + 1})") from error


def twins(found: Sequence[Found]) -> Iterator[str]:
    """Complain of each name that an earlier document has."""
    places: dict[str, str] = {}
    for place, document in found:
        name = document.metadata.name
        first = places.setdefault(name, place)
        if first is not place:
            yield f'{place}: metadata.name: "{name}" is the name of the TradingService in {first} already'
