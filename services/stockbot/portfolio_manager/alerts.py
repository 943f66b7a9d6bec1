"""What a person should hear of the ledger, and which of it is news. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from stockbot.events.alerts import Alert, Severity
from stockbot.events.identity import id_of
from stockbot.events.trading import OrderReport

MOST_NAMED = 8


def news(told: Mapping[str, Alert], judged: Iterable[Alert]) -> list[Alert]:
    """What to tell: matters that are new, and matters that were told and are over."""
    return [alert for alert in judged if alert.resolved == (alert.fingerprint in told)]


def of_put_aside(orders: int, activities: int) -> list[Alert]:
    """What could not be booked: until a person has resolved it, the ledger may differ from the broker."""
    return [
        Alert(
            fingerprint="portfolio/orders-put-aside",
            severity=Severity.CRITICAL,
            title=f"{orders} order updates were put aside: cash and positions may be wrong until they are resolved",
            resolved=orders == 0,
        ),
        Alert(
            fingerprint="portfolio/activities-put-aside",
            severity=Severity.CRITICAL,
            title=f"{activities} of the broker's activities were put aside: cash and positions may be wrong",
            resolved=activities == 0,
        ),
    ]


def of_unpriced(account: str, symbols: Sequence[str]) -> Alert:
    """Positions without any price: the account's equity is not known."""
    return Alert(
        fingerprint=f"portfolio/unpriced/{account}"[:128],
        severity=Severity.WARNING,
        title=f"{len(symbols)} positions of account {account} have no price: its equity is not known",
        detail=", ".join(symbols[:MOST_NAMED]),
        resolved=not symbols,
        labels={"account": account},
    )


def of_other_content(report: OrderReport, execution_id: str) -> Alert:
    """An execution came again under its id with other content: the first one stands."""
    return Alert(
        fingerprint=id_of("portfolio/execution-conflict", report.account, execution_id),
        severity=Severity.CRITICAL,
        title=f"Execution {execution_id} came again with other content"[:2000],
        detail=f"the first one stays booked; order {report.client_order_id}, {report.symbol}",
        labels={"account": report.account, "symbol": report.symbol},
    )
