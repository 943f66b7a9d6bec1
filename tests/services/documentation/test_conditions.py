"""What the chart's schema says of the definition's rules is what they say."""

import jsonschema
import pytest

from stockbot.documentation.conditions import conditions

DECIMAL = r"self.matches(r'^(-?[0-9]{1,15}(\.[0-9]{1,12})?)$')"
NUMBERS = (
    "0",
    "0.0",
    "00",
    "0.5",
    "0.000000000001",
    "1",
    "1.0",
    "1.01",
    "01",
    "4.99",
    "5",
    "5.1",
    "10",
    "10.0",
    "10.5",
)
MORE = ("99.9", "100", "100.00", "100.1", "1000", "-1", "-0.5")


def holds(rule: str, given: object) -> bool:
    return jsonschema.Draft7Validator({"allOf": list(conditions(rule))}).is_valid(given)


@pytest.mark.parametrize("bound", [1, 5, 10, 100])
@pytest.mark.parametrize("sign", [">", ">="])
def test_the_bounds_of_a_decimal(sign: str, bound: int) -> None:
    """Each number is taken or refused as arithmetic says."""
    rule = f"{DECIMAL} && double(self) {sign} 0.0 && double(self) <= {bound}.0"
    for number in NUMBERS + MORE:
        wanted = (float(number) >= 0 if sign == ">=" else float(number) > 0) and float(number) <= bound
        assert holds(rule, number) is wanted, f"{number} {sign} 0, at most {bound}"


@pytest.mark.parametrize("sign", [">", ">="])
def test_a_decimal_without_an_upper_bound(sign: str) -> None:
    """The lower one alone."""
    for number in NUMBERS + MORE:
        wanted = float(number) >= 0 if sign == ">=" else float(number) > 0
        assert holds(f"{DECIMAL} && double(self) {sign} 0.0", number) is wanted
    assert not holds(f"{DECIMAL} && double(self) {sign} 0.0", "much")


def test_a_block_goes_with_its_type() -> None:
    """Another type's block is refused, and a block that the type needs is missed."""
    only, needs = "!has(self.paper) || self.type == 'Paper'", "self.type != 'Alpaca' || has(self.alpaca)"
    assert holds(only, {"type": "Paper", "paper": {}})
    assert holds(only, {"type": "Alpaca"})
    assert not holds(only, {"type": "Alpaca", "paper": {}})
    assert holds(needs, {"type": "Paper"})
    assert not holds(needs, {"type": "Alpaca"})


def test_what_a_schema_has_no_words_for_is_left_to_the_server() -> None:
    """A rule across lists gives no condition, rather than a wrong one."""
    assert list(conditions("self.symbolSets.all(one, one.symbols.size() > 0)")) == []
