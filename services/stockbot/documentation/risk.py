"""docs/risk.md: every risk check, what it may block, and the limit it keeps, out of the table that decides."""

from stockbot.model.risk.checks import CHECKS, Check
from stockbot.spec.risk_guardian import RiskLimits

HEAD = """# Risk

Generated from `stockbot.model.risk.checks` by `make docs`; do not edit.

Each signal is judged as the order that it would become, by the position **after** the trade, with working orders
included. One failed check is enough to deny it, and the denial carries every reason as `CODE: key=value ...`. What is
not known fails.

A **reduction** is an order against the position whose quantity is at most |position| minus what working reductions
already close. A check of kind `limit` blocks what adds risk and lets every reduction pass; `validity` applies to all
orders. In Reducing only reductions pass, in Halted nothing does.
"""


def risk_page() -> str:
    """The whole page as Markdown."""
    return f"{HEAD}\n## Checks\n\n{_checks()}\n## Limits\n\n{_limits()}".rstrip() + "\n"


def _checks() -> str:
    rows = [f"| `{check.code}` | {check.kind} | {_limit(check)} | {check.sentence} |" for check in CHECKS]
    return "\n".join(["| Code | Kind | Limit | Passes where |", "| --- | --- | --- | --- |", *rows, ""])


def _limit(check: Check) -> str:
    return "" if check.limit is None else f"`{_name(check.limit)}`"


def _limits() -> str:
    default = RiskLimits().model_dump(mode="json")
    rows = [
        f"| `{_name(field)}` | {_written(default[field])} | {described.description} |"
        for field, described in RiskLimits.model_fields.items()
    ]
    head = "Set in `spec.riskGuardian.limits`; the default counts for each one left out.\n"
    return "\n".join([head, "| Limit | Default | Meaning |", "| --- | --- | --- |", *rows, ""])


def _name(field: str) -> str:
    return RiskLimits.model_fields[field].alias or field


def _written(default: object) -> str:
    return "none" if default in ((), []) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
