"""Documents made up by hypothesis: such as the schema allows, and such with anything at all in any place."""

import re
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from stockbot.spec import ServiceType, TradingService

Given = dict[str, Any]
Schema = dict[str, Any]

SCHEMA = TradingService.model_json_schema(by_alias=True)

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["0.25", "AAPL"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Make values that fit `schema`; rules across fields are not in it."""
    if "$ref" in schema:
        return st.deferred(lambda: values(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]))
    if "x-kubernetes-int-or-string" in schema:
        return st.integers(0, 999) | text(schema)
    if "anyOf" in schema:
        return st.one_of([values(inner) for inner in schema["anyOf"] if inner.get("type") != "null"])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    return {"object": mapping, "array": sequence, "string": text, "integer": whole, "number": number}.get(
        schema["type"], lambda _schema: st.booleans()
    )(schema)


def mapping(schema: Schema) -> st.SearchStrategy[Given]:
    if "patternProperties" in schema:
        ((pattern, inner),) = schema["patternProperties"].items()
        keys = st.from_regex(re.compile(pattern), fullmatch=True).filter(lambda key: len(key) <= 60)
        return st.dictionaries(keys, values(inner), max_size=2)
    fields = {name: values(inner) for name, inner in schema["properties"].items()}
    required = {name: fields.pop(name) for name in schema.get("required", ())}
    some = st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=4) if fields else st.just([])
    return some.flatmap(lambda names: st.fixed_dictionaries(required | {name: fields[name] for name in names}))


def sequence(schema: Schema) -> st.SearchStrategy[list[Any]]:
    return st.lists(values(schema["items"]), min_size=schema.get("minItems", 0), max_size=3)


def whole(schema: Schema) -> st.SearchStrategy[int]:
    return st.integers(schema["minimum"], schema["maximum"])


def number(schema: Schema) -> st.SearchStrategy[float]:
    return st.floats(schema["minimum"], schema["maximum"])


def text(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "decimal":
        return st.sampled_from(["0.000000000001", "0.25", "1", "3", "25000.50"])
    if schema.get("format") == "date":
        return st.dates().map(str)
    if "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"]), fullmatch=True).filter(
            lambda found: len(found) <= schema["maxLength"]
        )
    return st.text(min_size=schema.get("minLength", 0), max_size=min(40, schema["maxLength"]))


def mended(document: Given) -> Given | None:
    """Delete what the rules across fields complain of, until nothing is left to complain of."""
    for _attempt in range(60):
        try:
            TradingService.model_validate(document)
        except ValidationError as error:
            if not delete(document, error.errors()[0]["loc"]):
                return None
        else:
            return document
    return None


def delete(document: Any, place: tuple[str | int, ...]) -> bool:
    """Delete what is at `place`, or the nearest map around it that is not required at the top."""
    while len(place) > 1:
        owner = document
        try:
            for key in place[:-1]:
                owner = owner[key]
            del owner[place[-1]]
        except (KeyError, IndexError, TypeError):
            place = place[:-1]
        else:
            return True
    return False


def documents(type_: ServiceType) -> st.SearchStrategy[Given]:
    """Make documents of a type with its block, as the schema alone would allow them."""
    spec = SCHEMA["$defs"]["TradingServiceSpec"]["properties"]
    blocks = {to_camel(other.field) for other in ServiceType}
    common = {name: inner for name, inner in spec.items() if name not in {*blocks, "type"}}
    own = to_camel(type_.field)
    chosen = {"properties": {**common, "type": {"const": str(type_)}, own: spec[own]}, "required": ["type", own]}
    return st.fixed_dictionaries(
        {name: values(inner) for name, inner in SCHEMA["properties"].items() if name != "spec"}
        | {"spec": mapping(chosen).map(with_known_providers)}
    )


def with_known_providers(spec: Given) -> Given:
    """Name the first provider in each symbol set: no drawn name would ever fit."""
    block = spec.get("marketDataGateway", {"symbolSets": []})
    for symbols in block["symbolSets"]:
        symbols["providers"] = [block["providers"][0]["name"]]
    return spec


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, below in inner for found in places(below, (*place, key)))]


def changed(value: Any, place: tuple[Any, ...], replacement: Any) -> Any:
    if not place:
        return replacement
    copy = value.copy()
    copy[place[0]] = changed(copy[place[0]], place[1:], replacement)
    return copy
