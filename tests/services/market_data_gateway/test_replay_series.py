"""Rows placed in time, and the real prices that are shipped."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment
from stockbot.market_data_gateway.replay_series import Series, read_series

HEADER = "time,open,high,low,close,volume"
PRICES = "10,12,9,11,100"


def series(folder: Path, times: list[str], exchange: str = "XNYS", columns: str = "", values: str = "") -> Series:
    lines = [f"{HEADER}{columns}", *(f"{time},{PRICES}{values}" for time in times)]
    (folder / "AAPL.csv").write_text("\n".join(lines))
    return read_series([str(folder)], provider="replay", exchange_of=lambda _: exchange)["AAPL"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2025-11-26", "2025-11-26T14:30", "2025-11-26T21:00"),
        ("2025-11-28", "2025-11-28T14:30", "2025-11-28T18:00"),
        ("2025-06-02", "2025-06-02T13:30", "2025-06-02T20:00"),
    ],
)
def test_a_date_becomes_the_session_of_that_date(tmp_path: Path, day: str, start: str, end: str) -> None:
    """In winter, in summer and on the half day after Thanksgiving the day's bar is the session in UTC."""
    one = series(tmp_path, [day])
    assert (one.interval, one.start, one.end) == ("1d", utc(start), utc(end))


def test_midnights_are_dates(tmp_path: Path) -> None:
    """Days written as timestamps of midnight are days all the same, across the change to summer time too."""
    one = series(tmp_path, ["2026-03-06 00:00:00", "2026-03-09 00:00:00", "2026-03-10 00:00:00"])
    assert (one.interval, [bar.start.hour for bar in one.bars]) == ("1d", [14, 13, 13])


def test_times_without_an_offset_are_the_exchanges_own(tmp_path: Path) -> None:
    """09:30 is the opening in New York; the smallest distance of two rows is the interval."""
    one = series(tmp_path, ["2026-03-06 09:30", "2026-03-06 09:35", "2026-03-06 10:30"])
    assert one.interval == "5m"
    assert [bar.start for bar in one.bars] == [utc(f"2026-03-06T{at}") for at in ("14:30", "14:35", "15:30")]
    assert one.bars[0].end == utc("2026-03-06T14:35")


def test_a_market_round_the_clock_has_days_of_utc(tmp_path: Path) -> None:
    """A Sunday is a day like any other there."""
    one = series(tmp_path, ["2026-03-07", "2026-03-08"], "24/7")
    assert (one.start, one.end) == (utc("2026-03-07"), utc("2026-03-09"))


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (["2026-03-03", "2026-03-02"], ":3: AAPL at 2026-03-02 00:00:00 comes after a later bar; sort the file"),
        (["2026-03-02", "2026-03-02"], ":3: AAPL has a second bar at 2026-03-02 00:00:00; keep one"),
        (["2012-10-26", "2012-10-29"], ":3: 2012-10-29 was no session of XNYS; right would be one of its trading days"),
        (["2026-03-02T09:30"], "AAPL has a single time, which is no interval"),
        (
            ["2026-03-02T09:30", "2026-03-02T09:32"],
            "AAPL has bars 0:02:00 apart, which is no interval; right would be bars 1m, 5m",
        ),
        (["2026-02-23", "2026-03-02"], "AAPL has bars 7 days, 0:00:00 apart, which is no interval"),
    ],
)
def test_wrong_times_are_named_with_their_place(tmp_path: Path, times: list[str], said: str) -> None:
    """Unsorted, doubled, closed on that day (a hurricane), or of no known interval."""
    with pytest.raises(ConfigurationError) as caught:
        series(tmp_path, times)
    assert str(caught.value).startswith(str(tmp_path / "AAPL.csv"))
    assert said in str(caught.value)


def test_one_symbol_has_one_adjustment(tmp_path: Path) -> None:
    """A stated adjustment is kept; one that changes within the file is refused."""
    one = series(tmp_path, ["2026-03-02", "2026-03-03"], columns=",adjustment", values=",splits")
    assert (one.adjustment, one.bars[0].adjustment) == (Adjustment.SPLITS, Adjustment.SPLITS)
    mixed = f"{HEADER},adjustment\n2026-03-02,{PRICES},raw\n2026-03-03,{PRICES},splits\n"
    (tmp_path / "AAPL.csv").write_text(mixed)
    with pytest.raises(ConfigurationError, match=r":3: column adjustment holds 'splits' after 'raw'"):
        read_series([str(tmp_path)], provider="replay", exchange_of=lambda _: "XNYS")


def test_a_symbol_is_in_one_file_only(tmp_path: Path) -> None:
    """Two files with the same symbol are refused rather than one of them chosen."""
    for name in ("AAPL.csv", "more.csv"):
        (tmp_path / name).write_text(f"{HEADER},symbol\n2026-03-02,{PRICES},AAPL\n")
    with pytest.raises(ConfigurationError, match=r"more.csv:2: AAPL is in another file already; keep one of them"):
        read_series([str(tmp_path)], provider="replay", exchange_of=lambda _: "XNYS")


SHIPPED = {
    "SPX": (5031, "1999-01-04", "2018-12-31"),
    "IXIC": (5031, "1999-01-04", "2018-12-31"),
    "AAPL": (3270, "2000-03-01", "2013-03-01"),
    "IBM": (3270, "2000-03-01", "2013-03-01"),
    "MSFT": (3270, "2000-03-01", "2013-03-01"),
    "GOOG": (2148, "2004-08-19", "2013-03-01"),
    "FB": (196, "2012-05-18", "2013-03-01"),
}


@pytest.fixture(scope="module")
def shipped() -> dict[str, Series]:
    return dict(read_series(["builtin:"], provider="replay", exchange_of=lambda _: "XNYS"))


def test_the_shipped_files_are_what_their_readme_says(shipped: dict[str, Series]) -> None:
    """Every file parses with all its checks, every date is a session, and no session is missing."""
    found = {symbol: (len(one.bars), f"{one.start.date()}", f"{one.end.date()}") for symbol, one in shipped.items()}
    assert found == SHIPPED
    for one in shipped.values():
        assert len(one.hours.overlapping(one.start, one.end)) == len(one.bars)
    silent = [(bar.symbol, f"{bar.start.date()}") for one in shipped.values() for bar in one.bars if not bar.volume]
    assert silent == [("IXIC", "2015-05-12"), ("IXIC", "2018-01-09")]


@pytest.mark.parametrize(
    ("symbol", "day", "close"),
    [
        ("SPX", "2008-10-13", "1003.35"),  # the largest gain of the index in points until then
        ("SPX", "2000-03-24", "1527.46"),
        ("IXIC", "2000-03-10", "5048.62"),  # the top of the bubble
        ("AAPL", "2012-09-19", "702.10"),
        ("GOOG", "2004-08-19", "100.335"),  # its first day
        ("FB", "2012-05-18", "38.2318"),  # its first day, at an issue price of 38
    ],
)
def test_true_prices(shipped: dict[str, Series], symbol: str, day: str, close: str) -> None:
    """Closes that are public knowledge are in the files."""
    (bar,) = [bar for bar in shipped[symbol].bars if bar.start.date().isoformat() == day]
    assert bar.close == Decimal(close)
    assert bar.end - bar.start == timedelta(hours=6.5)


def test_symbols_that_nobody_asked_for_are_left_out() -> None:
    """A document with two of the shipped symbols costs the memory of two, and needs no exchange for the others."""
    assert set(read_series(["builtin:"], provider="replay", exchange_of={"IBM": "XNYS", "SPX": "XNYS"}.get)) == {
        "IBM",
        "SPX",
    }
