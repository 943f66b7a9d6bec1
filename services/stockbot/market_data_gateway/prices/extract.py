"""Make the CSV files of this folder from data sets inside public Python packages. README.md says which and why.

    pip download --no-deps --dest /tmp/wheels arch==8.0.0 bokeh_sampledata==2026.1
    python extract.py /tmp/wheels

Two things are changed: dates become YYYY-MM-DD, and the indices, stored there as 32-bit floats (1003.349976), are
rounded to the cents they were published in (1003.35).
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from io import StringIO
from itertools import groupby
from pathlib import Path
from zipfile import ZipFile

HEADER = ("date", "open", "high", "low", "close", "volume")
INDICES = {"SPX": "arch/data/sp500/sp500.csv.gz", "IXIC": "arch/data/nasdaq/nasdaq.csv.gz"}
COMPANIES = "bokeh_sampledata/_data/stocks.csv.gz"

Row = tuple[str, ...]


def rows_of(wheels: Path, pattern: str, member: str) -> Iterator[dict[str, str]]:
    (wheel,) = wheels.glob(pattern)
    with ZipFile(wheel) as packed:
        text = gzip.decompress(packed.read(member)).decode()
    return csv.DictReader(StringIO(text))


def index_row(row: dict[str, str]) -> Row:
    month, day, year = (int(part) for part in row["Date"].split("/"))
    prices = (str(Decimal(row[name]).quantize(Decimal("0.01"))) for name in ("Open", "High", "Low", "Close"))
    return (f"{year}-{month:02}-{day:02}", *prices, row["Volume"])


def company_row(row: dict[str, str]) -> Row:
    datetime.strptime(row["Date"], "%Y-%m-%d")  # noqa: DTZ007 - only the shape is checked
    return tuple(row[name] for name in ("Date", "Open", "High", "Low", "Close", "Volume"))


def write(symbol: str, rows: Iterator[Row]) -> None:
    with (Path(__file__).parent / f"{symbol}.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


def main(wheels: Path) -> None:
    for symbol, member in INDICES.items():
        write(symbol, map(index_row, rows_of(wheels, "arch-*.whl", member)))
    companies = rows_of(wheels, "bokeh_sampledata-2026*.whl", COMPANIES)
    for symbol, rows in groupby(companies, key=lambda row: row["Ticker"]):
        write(symbol, map(company_row, rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
