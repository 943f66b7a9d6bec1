"""How an order would fill: the pure model of a venue, for the paper broker and for backtests.

`look` decides about one working order against what the market shows at one moment. The rules stand where they are
decided: `terms` (which orders are taken), `hours` and `lifetime` (when they work), `triggers` (stops), `prices`,
`volume`, `fees`, and `funds` (what the account can pay for).
"""
