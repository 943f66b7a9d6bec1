"""The whole watchlist in a line: how many rose, how many fell, who moved most. Used by the market page."""

from collections.abc import Collection

from msgspec import Struct

from stockbot_console.view_models.watchlist import Row


class Breadth(Struct, frozen=True, kw_only=True):
    """Counts of symbols; `leader` and `laggard` are rows, None where nothing rose or fell."""

    rose: int
    fell: int
    unchanged: int
    leader: Row | None
    laggard: Row | None


def breadth(rows: Collection[Row]) -> Breadth:
    rose = [row for row in rows if row["direction"] == "up"]
    fell = [row for row in rows if row["direction"] == "down"]
    return Breadth(
        rose=len(rose),
        fell=len(fell),
        unchanged=len(rows) - len(rose) - len(fell),
        leader=max(rose, key=lambda row: row["changeValue"], default=None),
        laggard=min(fell, key=lambda row: row["changeValue"], default=None),
    )
