"""The single values of the document: decimals in quotes, names of a given shape, dates; all of bounded size.

Each refuses what YAML could have misread, and describes itself to a JSON schema without losing its bounds.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AllowInfNan, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from stockbot.events.numbers import is_countable
from stockbot.spec.part import sentence

PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
PLAIN_DECIMAL_WORDS = "a decimal number in quotes"
LONGEST_DECIMAL = 29  # sign, 15 digits, point, 12 digits
LARGEST_WHOLE = 2**63 - 1  # that JSON carries through Kubernetes unchanged
DATE_WORDS = "a date such as 2024-01-31"

Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict(), AllowInfNan(False)]
Switch = Annotated[bool, Strict()]


def plain(number: Decimal) -> str:
    """Write the number in digits, without an exponent, as the document does."""
    return format(number, "f")


@dataclass(frozen=True)
class DecimalText:
    """A Decimal that the document writes as text, in a range; `above` excludes its own value."""

    above: str | None = None
    at_least: str | None = None
    at_most: str | None = None

    def parse(self, given: Any) -> Decimal:
        if isinstance(given, int | float) and not isinstance(given, bool):
            raise bare_number(given)
        if not isinstance(given, str) or not PLAIN_DECIMAL.fullmatch(given):
            raise sentence(f'must be {PLAIN_DECIMAL_WORDS}, for example "0.25"')
        number = Decimal(given)
        if not is_countable(number) or not self.holds(number):
            raise sentence(f'"{given}" is out of range: it must be {range_words(self.bounds())}')
        return number

    def holds(self, number: Decimal) -> bool:
        return (
            (self.above is None or number > Decimal(self.above))
            and (self.at_least is None or number >= Decimal(self.at_least))
            and (self.at_most is None or number <= Decimal(self.at_most))
        )

    def bounds(self) -> dict[str, str]:
        named = {"above": self.above, "atLeast": self.at_least, "atMost": self.at_most}
        return {name: bound for name, bound in named.items() if bound is not None}

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        as_text = core_schema.plain_serializer_function_ser_schema(plain, when_used="json")
        return core_schema.no_info_plain_validator_function(self.parse, serialization=as_text)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "decimal", "maxLength": LONGEST_DECIMAL, "x-range": self.bounds()}


def range_words(bounds: Mapping[str, str]) -> str:
    """Say a range as `above 0 and at most 1`."""
    words = {"above": "above", "atLeast": "at least", "atMost": "at most"}
    return " and ".join(f"{words[name]} {bound}" for name, bound in bounds.items())


@dataclass(frozen=True)
class Shape:
    """Text of one shape. `words` tell people what it must be; no `echo` where a secret might be pasted."""

    pattern: str
    longest: int
    words: str
    echo: bool = True

    def check(self, text: str) -> str:
        if len(text) <= self.longest and re.fullmatch(self.pattern, text):
            return text
        named = f'"{shortened(text)}" ' if self.echo else ""
        raise sentence(f"{named}must be {self.words}")

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "maxLength": self.longest,
            "pattern": f"^({self.pattern})$",
            "x-words": self.words,
        }


@dataclass(frozen=True)
class WholeOrText:
    """A whole number or a text of one shape, as Kubernetes writes quantities; kept as text."""

    shape: Shape

    def parse(self, given: Any) -> str:
        if isinstance(given, float) or (isinstance(given, int) and abs(given) > LARGEST_WHOLE):
            raise bare_number(given)
        if isinstance(given, bool) or not isinstance(given, int | str):
            raise sentence("must be a whole number or text; put it in quotes")
        return self.shape.check(str(given))

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        pattern = f"^({self.shape.pattern})$"
        return {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "maxLength": self.shape.longest,
            "pattern": pattern,
            "x-words": self.shape.words,
        }


@dataclass(frozen=True)
class DateText:
    """A calendar date that the document writes as YYYY-MM-DD."""

    def parse(self, given: Any) -> date:
        if isinstance(given, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            with suppress(ValueError):
                return date.fromisoformat(given)
        raise sentence(f"must be {DATE_WORDS}")

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        as_text = core_schema.plain_serializer_function_ser_schema(date.isoformat, when_used="json")
        return core_schema.no_info_plain_validator_function(self.parse, serialization=as_text)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "date", "maxLength": 10}


def shortened(text: str) -> str:
    """At most 60 characters of `text`, for a message of one line."""
    printable = text.encode("unicode_escape").decode("ascii")
    return printable if len(printable) <= 60 else f"{printable[:57]}..."  # noqa: PLR2004 - the docstring's number


def bare_number(given: float) -> PydanticCustomError:
    written = shortened(str(given))
    return sentence(f'{written} is a bare number, which may lose digits; write "{written}" in quotes')


def text_of(longest: int) -> StringConstraints:
    """Any text up to `longest` characters: for use inside Annotated[str, ...]."""
    return StringConstraints(strict=True, max_length=longest)
