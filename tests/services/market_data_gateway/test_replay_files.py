"""Price files: what is read, and what a person is told about a file that is wrong."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment
from stockbot.market_data_gateway import replay_files
from stockbot.market_data_gateway.replay_files import Row

HEADER = "date,open,high,low,close,volume"
GOOD = "2012-06-01,10,12,9,11,100"


def csv_file(folder: Path, text: str, name: str = "aapl.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def rows(path: Path) -> list[Row]:
    return list(replay_files.read(path))


def test_a_csv_file_is_read_exactly_as_written(tmp_path: Path) -> None:
    """Numbers keep their digits, the symbol is the file's name, and an unstated adjustment is raw."""
    path = csv_file(tmp_path, f"{HEADER}\n2012-06-01,10.10,12.123456,9,11,1e2\n")
    assert rows(path) == [
        Row(
            place=f"{path}:2",
            symbol="AAPL",
            when=datetime(2012, 6, 1),  # noqa: DTZ001 - a plain date has no zone yet
            open=Decimal("10.10"),
            high=Decimal("12.123456"),
            low=Decimal(9),
            close=Decimal(11),
            volume=Decimal(100),
            adjustment=Adjustment.RAW,
        )
    ]


def test_columns_may_come_in_any_order_and_case(tmp_path: Path) -> None:
    """Symbol and adjustment may be columns; further columns, spaces, a byte order mark and empty lines do no harm."""
    text = (
        "\ufeffSymbol, Timestamp ,Close,High,Low,Open,Adjustment,Note\n\n"
        "MSFT,2012-06-01T09:30:00-04:00,11,12,9,10,splits,x\n"
    )
    (row,) = rows(csv_file(tmp_path, text))
    assert (row.symbol, row.adjustment, row.volume) == ("MSFT", Adjustment.SPLITS, None)
    assert row.when.astimezone(UTC) == datetime(2012, 6, 1, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2012-06-01,10,12,9,eleven,100", "column close holds 'eleven'; right would be a number such as 101.25"),
        ("2012-06-01,10,12,9,NaN,100", "column close holds 'NaN'; right would be a number"),
        ("2012-06-01,10,inf,9,11,100", "column high holds 'inf'; right would be a number"),
        ("2012-06-01,10,12,-9,11,100", "column low holds '-9'; right would be a number such as 101.25, not negative"),
        ("2012-06-01,0,12,0,11,100", "column open holds '0'; right would be a price above zero"),
        ("2012-06-01,10,12,9,,100", "column close holds ''; right would be a number"),
        ("2012-06-01,10,12,9,11,many", "column volume holds 'many'; right would be a number"),
        ("2012-06-01,10,8,9,11,100", "column high holds '8'; right would be at least the low 9"),
        ("2012-06-01,10,12,9,13,100", "column close holds '13'; right would be between the low 9 and the high 12"),
        ("01/06/2012,10,12,9,11,100", "column date holds '01/06/2012'; right would be a date such as 2012-06-29"),
        ("2012-06-01,10,12,9,11", "5 values where 6 columns are named"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    """The message has file, line, column, value and what would be right."""
    path = csv_file(tmp_path, f"{HEADER}\n{GOOD}\n{line}\n")
    with pytest.raises(ConfigurationError) as caught:
        rows(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no column open, high, low, close, date or time or timestamp; it has none"),
        ("date,open,high,low\n", "has no column close; it has date, open, high, low"),
        ("open,high,low,close\n", "has no column date or time or timestamp"),
        ("date,time,open,high,low,close\n", "has columns that contradict: date, time; keep one"),
        ("date,open,high,low,close,Close\n", "has columns that contradict: close; keep one"),
        (HEADER, "holds no bars: at least one line must follow"),
        (f'{HEADER}\n"2012', "cannot be read: unexpected end of data"),
    ],
)
def test_a_file_without_the_right_columns(tmp_path: Path, text: str, said: str) -> None:
    """Missing and doubled columns and files without bars are said to be so."""
    path = csv_file(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        rows(path)
    assert str(caught.value).startswith(f"{path} ")
    assert said in str(caught.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are an error of the file, not a crash."""
    path = tmp_path / "aapl.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigurationError, match=r"cannot be read: 'utf-8'"):
        rows(path)


@pytest.mark.parametrize(("column", "text"), [("symbol", "brk b"), ("adjustment", "some")])
def test_wrong_optional_columns(tmp_path: Path, column: str, text: str) -> None:
    """A text that is no symbol, and an adjustment that does not exist."""
    path = csv_file(tmp_path, f"{HEADER},{column}\n{GOOD},{text}\n")
    with pytest.raises(ConfigurationError, match=f"{path}:2: column {column}.* holds '{text}'"):
        rows(path)


def test_a_parquet_file_is_read_with_the_digits_people_see(tmp_path: Path) -> None:
    """Floats become the shortest decimal that gives them back; dates, times and absent values are kept."""
    path = tmp_path / "AAPL.parquet"
    table = {
        "Date": [date(2012, 6, 1), date(2012, 6, 4)],
        "Open": [10.1, 10.2],
        "High": [12.3, 12.0],
        "Low": pa.array([Decimal("9.10"), Decimal("9.00")]),
        "Close": [11.0, 11.7],
        "Volume": [100, None],
    }
    parquet.write_table(pa.table(table), path)
    first, second = rows(path)
    assert (str(first.open), str(first.low), first.volume, second.volume) == ("10.1", "9.10", Decimal(100), None)
    assert (second.place, second.when) == (f"{path}:2", datetime(2012, 6, 4))  # noqa: DTZ001


def test_times_in_parquet_keep_their_zone(tmp_path: Path) -> None:
    """A timestamp column with a zone is that moment, whatever its unit."""
    moment = datetime(2012, 6, 1, 13, 30, tzinfo=UTC)
    for unit in ("s", "us", "ns"):
        times = pa.array([moment], pa.timestamp(unit, "America/New_York"))
        parquet.write_table(
            pa.table({"time": times} | {name: [1.5] for name in replay_files.PRICE_COLUMNS}), tmp_path / "A.parquet"
        )
        (row,) = rows(tmp_path / "A.parquet")
        assert row.when == moment


def test_wrong_parquet_files(tmp_path: Path) -> None:
    """A missing column, a NaN and bytes that are no Parquet are errors with the file's name."""
    path = tmp_path / "AAPL.parquet"
    prices: dict[str, list[object]] = {name: [1.5] for name in replay_files.PRICE_COLUMNS}
    parquet.write_table(pa.table(prices), path)
    with pytest.raises(ConfigurationError, match="has no column date or time or timestamp"):
        rows(path)
    parquet.write_table(pa.table(prices | {"date": ["2012-06-01"], "low": [float("nan")]}), path)
    with pytest.raises(ConfigurationError, match=f"{path}:1: column low holds 'nan'"):
        rows(path)
    path.write_bytes(b"PAR1 or not")
    with pytest.raises(ConfigurationError, match=f"{path} is no readable Parquet file"):
        rows(path)


def test_files_folders_and_the_shipped_prices_are_found(tmp_path: Path) -> None:
    """A folder gives its price files by name and nothing else; `builtin:` gives those of Stockbot."""
    for name in ("b.csv", "a.PARQUET", "readme.md"):
        (tmp_path / name).touch()
    assert [path.name for path in replay_files.find([str(tmp_path)])] == ["a.PARQUET", "b.csv"]
    assert replay_files.find([str(tmp_path / "b.csv")]) == (tmp_path / "b.csv",)
    assert {path.stem for path in replay_files.find(["builtin:"])} >= {"SPX", "AAPL"}


def test_what_is_not_found_is_named(tmp_path: Path) -> None:
    """A path that does not exist, a folder without price files, and a file of another kind."""
    with pytest.raises(ConfigurationError, match="nowhere does not exist: name a CSV or Parquet file, a folder"):
        replay_files.find([str(tmp_path / "nowhere")])
    with pytest.raises(ConfigurationError, match=f"the folder {tmp_path} holds no .csv and no .parquet file"):
        replay_files.find([str(tmp_path)])
    with pytest.raises(ConfigurationError, match=r"is neither a \.csv nor a \.parquet file"):
        rows(csv_file(tmp_path, "", "prices.txt"))


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    """What the system refuses to open is an error with the path and the system's reason."""
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(ConfigurationError, match=f"{tmp_path / 'x.csv'} cannot be read: .*{os.strerror(21)}"):
        rows(tmp_path / "x.csv")
