"""What the console asks the Portfolio Manager: accounts, positions, trades, ledger, equity, performance."""

from datetime import datetime

from stockbot_console.answers import Failure
from stockbot_console.bookkeeper_answers import Account, Entry, Equity, Holding, Performance, Trade
from stockbot_console.letters import LetterKeeper

TRADES = "100"  # as many as a page shows


class Bookkeeper(LetterKeeper):
    name = "Portfolio Manager"

    async def accounts(self) -> tuple[Account, ...] | Failure:
        return await self._items("/api/v1/accounts", Account)

    async def holdings(self) -> tuple[Holding, ...] | Failure:
        """The positions of every account, as a whole and by strategy."""
        return await self._items("/api/v1/positions", Holding, {"strategy": "all"})

    async def last_trades(self, account: str) -> tuple[Trade, ...] | Failure:
        return await self._first("/api/v1/trades", Trade, {"account": account, "limit": TRADES})

    async def entries_of(self, chain: str) -> tuple[Entry, ...] | Failure:
        return await self._items("/api/v1/ledger", Entry, {"correlationid": chain})

    async def equity(self, account: str, start: datetime | None, every: int) -> Equity | Failure:
        """The curve from `start`, UTC, or from the beginning, with a point `every` so many seconds where not 0."""
        query = {"account": account} | ({"every": f"{every}"} if every else {})
        return await self._get("/api/v1/equity", Equity, query | ({"start": start.isoformat()} if start else {}))

    async def performance(self, account: str) -> Performance | Failure:
        return await self._get("/api/v1/performance", Performance, {"account": account})

    async def statement(self, account: str, form: str) -> bytes | Failure:
        """The ledger as a file, `form` csv or json."""
        return await self._document("/api/v1/statement", {"account": account, "format": form})
