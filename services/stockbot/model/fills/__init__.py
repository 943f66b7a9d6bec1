"""How an order would fill: the pure model of a venue, for the paper broker and for backtests.

`look` decides about one working order against what the market shows at one moment; a `turn` is a call or a tick with
all that follows from it, over the `book` of one account. The rules stand where they are decided: `terms` (which orders
are taken), `hours` and `lifetime` (when they work), `triggers` (stops), `prices`, `volume`, `fees`, `funds`
(what the account owns) and `buying_power` (what it can carry).
"""
