"""The answer to a what-if question: whether an order would pass now, and every check with its numbers. Pure."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from stockbot_console.answers import Failure
from stockbot_console.guardian_answers import CheckAnswer, Judgement
from stockbot_console.view_models.numbers import price_text, quantity_text
from stockbot_console.view_models.reasons import code_text, numbers_text


class CheckRow(Struct, frozen=True, kw_only=True):
    """`level` is `good`, `bad` or `waiting`, which stands for a limit that does not bind a reduction."""

    key: str
    word: str
    level: str
    sentence: str
    numbers: str


class CheckResult(Struct, frozen=True, kw_only=True):
    word: str
    level: str
    detail: str
    rows: tuple[CheckRow, ...]


def order_of(fields: Mapping[str, object]) -> dict[str, str] | Failure:
    """Make the order asked about from the form's fields, or say which field is wrong and what would be right."""
    symbol, side, quantity = (str(fields.get(name, "")).strip() for name in ("symbol", "side", "quantity"))
    if not symbol:
        return Failure(reason="The symbol is missing.", remedy="Give one of the market, such as AAPL.")
    if side not in ("buy", "sell"):
        return Failure(reason="The side is missing.", remedy="Choose buy or sell.")
    if not is_positive(quantity):
        return Failure(
            reason=f"{quantity[:40]!r} is no quantity.", remedy="Give a number of shares above zero, such as 10."
        )
    return {"symbol": symbol.upper(), "side": side, "quantity": quantity}


def check_result(answer: CheckAnswer) -> CheckResult:
    """What speaks against the order comes first."""
    failed = [check for check in answer.checks if _level(check) == "bad"]
    order = f"{answer.side} {quantity_text(answer.quantity)}{' (a reduction)' if answer.reduction else ''}"
    held = f", holding {price_text(answer.held)} of cash" if answer.held else ""
    against = f"{len(failed)} check{'s' if len(failed) != 1 else ''} against it"
    return CheckResult(
        word="WOULD BE APPROVED" if answer.approved else "WOULD BE DENIED",
        level="good" if answer.approved else "bad",
        detail=f"{order}{held}" if answer.approved else f"{order}: {against}",
        rows=tuple(map(_row, sorted(answer.checks, key=lambda check: _level(check) != "bad"))),
    )


def _row(check: Judgement) -> CheckRow:
    level = _level(check)
    word = {"good": "passes", "bad": "fails", "waiting": "excused"}[level]
    sentence = code_text(check.code) if not check.passed else check.sentence.rstrip(".")
    return CheckRow(key=check.code, word=word, level=level, sentence=sentence, numbers=numbers_text(check.detail))


def _level(check: Judgement) -> str:
    if check.passed:
        return "good"
    return "waiting" if check.excused else "bad"


def is_positive(text: str) -> bool:
    """Tell whether a person typed a number above zero."""
    try:
        quantity = Decimal(text)
    except InvalidOperation:
        return False
    return quantity.is_finite() and quantity > 0
