"""Whatever is written, loading answers with documents or with words; what it accepts, it writes and loads equal."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.services.spec.generated import VALUES, Given, changed, documents, mended, places

from stockbot.errors import ConfigurationError
from stockbot.spec import ServiceType, TradingService, load_documents, read_document, write_document

FOREIGN_WORDS = ("pydantic", "Traceback", "Input should", "errors.pydantic", "validation error")
ONCE = settings(max_examples=100, suppress_health_check=list(HealthCheck))


def read_back(document: TradingService) -> TradingService:
    with TemporaryDirectory() as folder:
        write_document(document, Path(folder) / "it.yaml")
        (read,) = load_documents(Path(folder) / "it.yaml")
        return read


def answer(text_: str) -> str:
    """Load the text from a file; the words of the refusal, or nothing."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "it.yaml"
        file.write_text(text_, "utf-8", "surrogatepass")
        try:
            load_documents(file)
        except ConfigurationError as error:
            return str(error)
        return ""


@pytest.mark.parametrize("type_", list(ServiceType))
@settings(ONCE, max_examples=30)
@given(data=st.data())
def test_valid_documents_survive_being_written(type_: ServiceType, data: st.DataObject) -> None:
    """Any document that is accepted is written as YAML that loads equal."""
    document = read_document(data.draw(documents(type_).map(mended).filter(bool)), "it")
    assert read_back(document) == document


@ONCE
@given(st.text() | st.lists(st.sampled_from(list("abk:-[]{}\"'&*!|>%@\t\n #1.~?,<=")), max_size=60).map("".join))
def test_any_text(text_: str) -> None:
    """No text makes loading raise anything but ConfigurationError."""
    assert not any(word in answer(text_) for word in FOREIGN_WORDS)


@pytest.mark.parametrize("type_", list(ServiceType))
@settings(ONCE, max_examples=40)
@given(data=st.data())
def test_any_mutation(type_: ServiceType, data: st.DataObject, document: Callable[..., Given], common: Given) -> None:
    """A good document with anything at all in any place is accepted or refused in words of our own."""
    good = document(type_, **common)
    bad = changed(good, data.draw(st.sampled_from(places(good))), data.draw(VALUES))
    words = answer(yaml.safe_dump(bad))
    assert not any(word in words for word in FOREIGN_WORDS)
    assert all(line.strip() for line in words.splitlines())
