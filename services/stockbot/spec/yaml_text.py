"""YAML as kubectl reads it, without YAML 1.1's surprises: dates and 12:30 stay text, no key stands twice.

Used to load and to write documents. Tags and deep nesting are refused from the stream of events, before
anything is built: the C parser recurses, and some ten thousand brackets crash the process.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml
from yaml.constructor import BaseConstructor, ConstructorError, SafeConstructor

from stockbot.errors import ConfigurationError

DEEPEST = 64
LARGEST = 2**20  # characters; a Kubernetes object is not larger either
LARGEST_IN_DIGITS = 1e21  # from here on JSON has an exponent

TAG = "tag:yaml.org,2002:"
FLOAT = r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
PLAIN_VALUES = {  # what a value without quotes may be besides text, and the characters that it may begin with
    "bool": (r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", "yYnNtTfFoO"),
    "int": (r"[-+]?(0|[1-9][0-9]{0,17})", "-+0123456789"),
    "float": (FLOAT, "-+.0123456789"),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
}
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

MEANINGS = {  # of the problems that the parser names
    "mapping values are not allowed": "a ':' where none may stand; check the indentation, or quote the value",
    "did not find expected key": "this line's indentation fits no line above it",
    "did not find expected '-' indicator": "this line's indentation fits no line above it",
    "block sequence entries are not allowed": "a '-' where none may stand; begin the list on its own line",
    "could not find expected ':'": "a key without ':' before this place",
    "found unexpected end of stream": "a quote is opened and never closed",
    "did not find expected ',' or": "a bracket is opened and never closed, or a ',' is missing",
    "cannot start any token": "a character that must be quoted here",
    "found undefined alias": "an alias (*) to an anchor (&) that does not exist",
}


class Reader(yaml.CSafeLoader):
    """Builds maps, lists, text, numbers, true, false and null; nothing else exists in JSON."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way to configure a class
    yaml_constructors = {  # noqa: RUF012
        tag: SafeConstructor.yaml_constructors[tag]
        for tag in (None, *(TAG + name for name in (*PLAIN_VALUES, "str", "seq", "map")))
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written: set[str] = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ConstructorError(None, None, "a key that is not text", key.start_mark)
            if key.value in written:
                raise ConstructorError(None, None, f'the key "{key.value}" is written twice', key.start_mark)
            written.add(key.value)
        return BaseConstructor.construct_mapping(self, node, deep=deep)


def construct_number(reader: Reader, node: yaml.ScalarNode) -> float:
    """JSON knows one kind of number, so kubectl sends 2 where YAML says 2.0; so does this."""
    number: float = SafeConstructor.construct_yaml_float(cast(SafeConstructor, reader), node)
    return int(number) if number.is_integer() and abs(number) < LARGEST_IN_DIGITS else number


Reader.add_constructor(TAG + "float", construct_number)


class Writer(yaml.CSafeDumper):
    """Quotes whatever any reader could take for something else than text."""


for _name, (_pattern, _first) in PLAIN_VALUES.items():
    Reader.add_implicit_resolver(TAG + _name, re.compile(rf"(?:{_pattern})\Z"), list(_first))
Writer.add_implicit_resolver(TAG + "float", re.compile(rf"(?:{FLOAT})\Z"), list("-+.0123456789"))


def parse(text: str, source: str) -> Iterator[tuple[int, Any]]:
    """Yield the first line and the value of each document of `text`.

    Raises ConfigurationError `source:line:column: what is wrong` where the text is no YAML.
    """
    check_characters(text, source)
    try:
        check_events(text, source)
        yield from build(text)
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError(located(source, error.problem_mark, meaning(error, text))) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{source}: is not YAML") from error


def write(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=Writer, sort_keys=False, allow_unicode=True, width=110)
    return text


def build(text: str) -> Iterator[tuple[int, Any]]:
    reader = Reader(text)
    try:
        while reader.check_node():
            node = cast(yaml.Node, reader.get_node())  # there is one: it has just been checked
            yield node.start_mark.line + 1, reader.construct_document(node)
    finally:
        reader.dispose()


def check_characters(text: str, source: str) -> None:
    if len(text) > LARGEST:
        raise ConfigurationError(f"{source}: is larger than {LARGEST} characters, which no TradingService is")
    found = UNPRINTABLE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise ConfigurationError(f"{source}:{line}:{column}: a control character; remove it")


def check_events(text: str, source: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ConfigurationError(located(source, event.start_mark, f"more than {DEEPEST} maps and lists deep"))
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise ConfigurationError(located(source, event.start_mark, f"the tag {tag}; write the value alone"))


def located(source: str, mark: Any, words: str) -> str:
    place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
    return f"{source}{place}: {words}"


def meaning(error: yaml.MarkedYAMLError, text: str) -> str:
    problem = error.problem or "is not YAML"
    if error.problem_mark and tab_indents(text, error.problem_mark.line):
        return "a tab; indent with spaces"
    return next((words for part, words in MEANINGS.items() if part in problem), problem)


def tab_indents(text: str, line: int) -> bool:
    lines = text.split("\n")
    return line < len(lines) and re.match(r" *\t", lines[line]) is not None
