"""docs/risk.md is made from the table that decides."""

from stockbot.documentation.risk import risk_page
from stockbot.model.risk.checks import CHECKS
from stockbot.spec.risk_guardian import RiskLimits


def test_the_page_has_every_check_and_every_limit() -> None:
    """Each check stands in the page once with its kind and sentence, and each limit with its default."""
    rows = [line for line in risk_page().splitlines() if line.startswith("| `")]
    checks = [row for row in rows if row.startswith(tuple(f"| `{check.code}` | {check.kind} |" for check in CHECKS))]
    assert len(checks) == len(CHECKS)
    assert len(rows) == len(CHECKS) + len(RiskLimits.model_fields)
    assert "| `maxOrderNotional` | `25000` | Largest value of one order, in the account's currency. |" in rows
    assert "| `allowShort` | `false` | Whether positions may be below zero. |" in rows
