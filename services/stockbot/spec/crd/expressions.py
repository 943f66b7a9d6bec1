"""The rules in CEL that follow from the shape of a single value: texts, decimals, dates, keys of maps. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from stockbot.spec.scalars import DATE_WORDS, PLAIN_DECIMAL, PLAIN_DECIMAL_WORDS, range_words
from stockbot.spec.server_rules import Rule

COMPARED = {"above": ">", "atLeast": ">=", "atMost": "<="}
FARTHEST_BOUND = 4096  # below it, doubles are finer than the 12 decimal places of our numbers


def rules_of(schema: Mapping[str, Any]) -> Iterator[Rule]:
    if "x-range" in schema:
        yield decimal_rule(schema["x-range"])
    elif "patternProperties" in schema:
        yield keys_rule(schema)
    elif schema.get("format") == "date":
        yield Rule("self.getFullYear() > 0", f"must be {DATE_WORDS}")
    elif schema.get("type") == "number" and not float(schema["minimum"]).is_integer():
        # A server cuts the bound down to a whole number when it is given one: 0 would be at least 0.1.
        yield Rule(f"self >= {schema['minimum']}", f"must be at least {schema['minimum']}")
    elif "pattern" in schema:
        subject = "string(self)" if "x-kubernetes-int-or-string" in schema else "self"
        yield Rule(matches(subject, schema["pattern"]), f"must be {schema['x-words']}")


def decimal_rule(bounds: Mapping[str, str]) -> Rule:
    """A decimal in text. Doubles compare it exactly enough: see FARTHEST_BOUND."""
    if any(abs(float(bound)) > FARTHEST_BOUND for bound in bounds.values()):
        raise ValueError(f"a bound beyond {FARTHEST_BOUND} cannot be compared exactly as a double: {dict(bounds)}")
    compared = [f"double(self) {COMPARED[name]} {float(bound)}" for name, bound in bounds.items()]
    expression = " && ".join([matches("self", f"^({PLAIN_DECIMAL.pattern})$"), *compared])
    return Rule(expression, f"must be {PLAIN_DECIMAL_WORDS}, {range_words(bounds)}")


def keys_rule(schema: Mapping[str, Any]) -> Rule:
    (pattern,) = schema["patternProperties"]
    names = schema["propertyNames"]
    expression = f"self.all(key, size(key) <= {names['maxLength']} && {matches('key', pattern)})"
    return Rule(expression, f"each key must be {names['x-words']}")


def matches(subject: str, pattern: str) -> str:
    """A raw string in CEL ends at its quote and has no escape for it."""
    if "'" in pattern:
        raise ValueError(f"a pattern with a quote cannot be written in CEL as it is: {pattern}")
    return f"{subject}.matches(r'{pattern}')"
