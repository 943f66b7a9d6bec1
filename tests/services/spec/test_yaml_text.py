"""YAML's traps: each is one clear line, or plain text."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.errors import ConfigurationError
from stockbot.spec import yaml_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def read(text: str) -> Any:
    return [value for _line, value in yaml_text.parse(text, "it")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-31", "2024-01-31"),
        ("12:30", "12:30"),
        ("0123", "0123"),
        ("1_000", "1_000"),
        ("yes", True),
        ("off", False),
        ("y", "y"),
        ("~", None),
        ("", None),
        ("-7", -7),
        ("9" * 18, 10**18 - 1),
        ("9" * 5000, "9" * 5000),
        ("1e3", 1000),
        ("-2.0", -2),
        ("1e21", 1e21),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ('"1"', "1"),
        ("<<", "<<"),
        ("=", "="),
    ],
)
def test_plain_values(text: str, value: Any) -> None:
    """A value without quotes is what kubectl takes it for; dates, clock times and odd numbers stay text."""
    (read_value,) = read(f"a: {text}\n")
    assert read_value == {"a": value}
    assert type(read_value["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a:\n\tb: 1", "it:2:1: a tab; indent with spaces"),
        ("a:\n  \tb: 1", "it:2:3: a tab; indent with spaces"),
        ("a: 1\n b: 2", "it:2:3: a ':' where none may stand; check the indentation, or quote the value"),
        ("a: b: c", "it:1:5: a ':' where none may stand; check the indentation, or quote the value"),
        ("a:\n  - b\n c: 1", "it:3:2: this line's indentation fits no line above it"),
        ("- a\nb: 1", "it:2:1: this line's indentation fits no line above it"),
        ("a: - b", "it:1:4: a '-' where none may stand; begin the list on its own line"),
        ("a: b\nc\n", "it:3:1: a key without ':' before this place"),
        ('a: "x', "it:1:6: a quote is opened and never closed"),
        ("a: {b: 1", "it:2:1: a bracket is opened and never closed, or a ',' is missing"),
        ("a: @x", "it:1:4: a character that must be quoted here"),
        ("a: *x", "it:1:4: an alias (*) to an anchor (&) that does not exist"),
        ("a: 1\nb: 2\na: 3", 'it:3:1: the key "a" is written twice'),
        ('a: {b: 1, "b": 2}', 'it:1:11: the key "b" is written twice'),
        ("[a]: 1", "it:1:1: a key that is not text"),
        ("a: !!int x", "it:1:4: the tag tag:yaml.org,2002:int; write the value alone"),
        ("a: !secret x", "it:1:4: the tag !secret; write the value alone"),
        ("a: x\x07", "it:1:5: a control character; remove it"),
        ("a: b\nc: \x00", "it:2:4: a control character; remove it"),
        ("[" * 100_000, "it:1:65: more than 64 maps and lists deep"),
        ("a" * (2**20 + 1), "it: is larger than 1048576 characters, which no TradingService is"),
    ],
)
def test_what_is_no_yaml(text: str, complaint: str) -> None:
    """A mistake is one line with file, line and column."""
    with pytest.raises(ConfigurationError) as refused:
        read(text)
    assert str(refused.value) == complaint


def test_lines_of_documents() -> None:
    """Each document knows the line on which it begins."""
    assert list(yaml_text.parse("a: 1\n---\n# note\nb: 2\n---\n", "it")) == [
        (1, {"a": 1}),
        (4, {"b": 2}),
        (6, None),
    ]


def test_a_map_within_itself_is_read() -> None:
    """An anchor that contains its own alias ends nothing; the models refuse it later."""
    (value,) = read("a: &x {b: *x}")
    assert value["a"]["b"] is value["a"]


@given(JSON)
def test_what_is_written_reads_equal(value: Any) -> None:
    """Text that looks like a number, a date or a truth comes back as text; numbers come back as numbers."""
    assert read(yaml_text.write(value)) == [value]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text raises anything but ConfigurationError."""
    with suppress(ConfigurationError):
        read(text)
