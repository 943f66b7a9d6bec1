"""Price files that people bring, CSV and Parquet: read into rows, with errors that name file, line and column.

Columns, in any order and case: one of `date`, `time` or `timestamp` (the bar's start, ISO 8601; without an offset
it is the exchange's own time), `open`, `high`, `low`, `close`; and optionally `volume`, `symbol` (else the file's
name) and `adjustment` (raw, splits, splits-and-dividends; else raw). Used by `replay_series`, which makes bars.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from msgspec import Struct

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment
from stockbot.events.numbers import is_countable
from stockbot.model.symbols import RULE, is_symbol

BUILTIN = "builtin:"  # the real prices that are shipped with Stockbot
PRICES = Path(__file__).parent / "prices"
TIMES = ("date", "time", "timestamp")
PRICE_COLUMNS = ("open", "high", "low", "close")
SUFFIXES = (".csv", ".parquet")

_PARQUET_ROWS = 10_000  # taken from Arrow at once


class Row(Struct, frozen=True, gc=False):
    """One bar as written. `when` has a time zone only if the file says so; `place` is file and line, for errors."""

    place: str
    symbol: str
    when: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None
    adjustment: Adjustment


def find(files: Sequence[str]) -> tuple[Path, ...]:
    """Return the price files named: a file, a folder's CSV and Parquet files, or `builtin:`.

    Raises ConfigurationError for what does not exist and for a folder without price files.
    """
    return tuple(path for name in files for path in _found(PRICES if name == BUILTIN else Path(name)))


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of one file. Raises ConfigurationError with the place and what would be right."""
    rows = 0
    for line, cells in _cells(path):
        rows += 1
        yield _row(f"{path}:{line}", path.stem, cells)
    if rows == 0:
        raise ConfigurationError(f"{path} holds no bars: at least one line must follow the names of the columns")


def _found(path: Path) -> tuple[Path, ...]:
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise ConfigurationError(f"{path} does not exist: name a CSV or Parquet file, a folder, or {BUILTIN}")
    found = tuple(sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES))
    if not found:
        raise ConfigurationError(f"the folder {path} holds no .csv and no .parquet file")
    return found


def _cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        if path.suffix.lower() == ".csv":
            yield from _csv_cells(path)
        elif path.suffix.lower() == ".parquet":
            yield from _parquet_cells(path)
        else:
            raise ConfigurationError(f"{path} is neither a .csv nor a .parquet file")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error


def _csv_cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        columns = _columns(path, next(lines, []))
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(columns):
                raise ConfigurationError(
                    f"{path}:{lines.line_num}: {len(cells)} values where {len(columns)} columns are named"
                )
            yield lines.line_num, dict(zip(columns, (cell.strip() for cell in cells), strict=True))


def _parquet_cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - 40 MB that only this format needs
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with parquet.ParquetFile(path) as file:
            columns = _columns(path, file.schema_arrow.names)
            line = 0
            for batch in file.iter_batches(_PARQUET_ROWS):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    line += 1
                    yield line, dict(zip(columns, map(_text, values), strict=True))
    except (pa.ArrowException, ValueError) as error:
        raise ConfigurationError(f"{path} is no readable Parquet file: {error}") from error


def _text(value: object) -> str:
    """A float is written with the fewest digits that give it back, which are the ones a person sees."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _columns(path: Path, names: Sequence[str]) -> list[str]:
    columns = [name.strip().lower() for name in names]
    times = [name for name in columns if name in TIMES]
    missing = [name for name in PRICE_COLUMNS if name not in columns]
    if missing or not times:
        wanted = ", ".join([*missing, *([] if times else [" or ".join(TIMES)])])
        raise ConfigurationError(f"{path} has no column {wanted}; it has {', '.join(columns) or 'none'}")
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled or len(times) > 1:
        raise ConfigurationError(f"{path} has columns that contradict: {', '.join(doubled or times)}; keep one")
    return columns


def _row(place: str, file_name: str, cells: dict[str, str]) -> Row:
    row = Row(
        place=place,
        symbol=_symbol(place, cells.get("symbol") or file_name.upper()),
        when=_when(place, next((name, cells[name]) for name in TIMES if name in cells)),
        open=_price(place, "open", cells["open"]),
        high=_price(place, "high", cells["high"]),
        low=_price(place, "low", cells["low"]),
        close=_price(place, "close", cells["close"]),
        volume=_number(place, "volume", cells["volume"]) if cells.get("volume") else None,
        adjustment=_adjustment(place, cells.get("adjustment") or Adjustment.RAW.value),
    )
    _check_range(row)
    return row


def _symbol(place: str, text: str) -> str:
    if not is_symbol(text):
        raise _wrong(place, "symbol, else the file's name,", text, RULE)
    return text


def _when(place: str, named: tuple[str, str]) -> datetime:
    column, text = named
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong(place, column, text, "a date such as 2012-06-29 or a time such as 2012-06-29T13:30Z") from error


def _price(place: str, column: str, text: str) -> Decimal:
    number = _number(place, column, text)
    if number == 0:
        raise _wrong(place, column, text, "a price above zero")
    return number


def _number(place: str, column: str, text: str) -> Decimal:
    right = "a number such as 101.25, not negative"
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _wrong(place, column, text, right) from error
    if not is_countable(number) or number < 0:
        raise _wrong(place, column, text, right)
    return number


def _adjustment(place: str, text: str) -> Adjustment:
    try:
        return Adjustment(text)
    except ValueError as error:
        raise _wrong(place, "adjustment", text, f"one of {', '.join(Adjustment)}") from error


def _check_range(row: Row) -> None:
    if row.high < row.low:
        raise _wrong(row.place, "high", str(row.high), f"at least the low {row.low}")
    for column, price in (("open", row.open), ("close", row.close)):
        if not row.low <= price <= row.high:
            raise _wrong(row.place, column, str(price), f"between the low {row.low} and the high {row.high}")


def _wrong(place: str, column: str, text: str, right: str) -> ConfigurationError:
    return ConfigurationError(f"{place}: column {column} holds {text[:60]!r}; right would be {right}")
