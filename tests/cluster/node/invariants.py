"""What must hold in the database once all is quiet, whatever happened before: the invariants of the design, in SQL.

The paper broker keeps its own side (`execution_paper_*`), as a broker would. Each query gives complaints; none where
all is well.
"""

from typing import Any

import psycopg

QUERIES = {
    "an order without an approval": """
        SELECT o.client_order_id FROM execution_orders o LEFT JOIN risk_decisions d USING (decision_id)
        WHERE d.outcome IS DISTINCT FROM 'approved' OR d.signal_id <> o.signal_id""",
    "two orders of one approval": """
        SELECT decision_id, leg, revision FROM execution_orders GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    "a signal that was decided twice": """
        SELECT signal_id FROM risk_decisions GROUP BY 1 HAVING count(*) > 1""",
    "an execution that broker and engine see differently": """
        SELECT execution_id FROM execution_executions o FULL JOIN execution_paper_executions b USING (execution_id)
        WHERE (o.symbol, o.quantity, o.price) IS DISTINCT FROM (b.symbol, b.quantity, b.price)""",
    "an execution that is not in the ledger, or twice": """
        SELECT correlationid FROM (SELECT correlationid, count(*) n FROM execution_executions GROUP BY 1) e
        FULL JOIN (SELECT correlationid, count(*) n FROM portfolio_entries WHERE kind = 'fill' GROUP BY 1) l
        USING (correlationid) WHERE e.n IS DISTINCT FROM l.n""",
    "an entry of the ledger that does not add up": """
        SELECT entry FROM portfolio_lines GROUP BY 1 HAVING sum(amount) <> 0""",
    "a position that broker and ledger see differently": """
        SELECT symbol FROM execution_paper_positions b FULL JOIN
            (SELECT symbol, sum(quantity) quantity FROM portfolio_lines WHERE ledger_account = 'positions'
             GROUP BY 1) l USING (symbol)
        WHERE coalesce(b.quantity, 0) <> coalesce(l.quantity, 0)""",
    "cash that broker and ledger see differently": """
        SELECT b.cash, l.cash FROM execution_paper_accounts b,
            (SELECT sum(amount) cash FROM portfolio_lines WHERE ledger_account = 'cash') l WHERE b.cash <> l.cash""",
    "a message that was put aside": """
        SELECT letter_id, reason FROM (
            SELECT * FROM risk_dead_letters UNION ALL SELECT * FROM execution_dead_letters
            UNION ALL SELECT * FROM portfolio_dead_letters UNION ALL SELECT * FROM orchestrator_dead_letters
            UNION ALL SELECT * FROM alert_dead_letters) letters WHERE resolved_at IS NULL""",
}


def complaints(connection: "psycopg.Connection[Any]") -> list[str]:
    """Ask everything in one snapshot."""
    asked = ((name, connection.execute(query).fetchmany(5)) for name, query in QUERIES.items())
    return [f"{name}: {rows}" for name, rows in asked if rows]
