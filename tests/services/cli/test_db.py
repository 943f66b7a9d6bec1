"""`stockbot db` on both databases."""

import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import MetaData, delete, update
from typer.testing import CliRunner, Result

import stockbot
from stockbot.cli.app import app
from stockbot.cli.db import compared, services_with_tables, upgraded
from stockbot.codec import decode, document_of
from stockbot.events.streams import SIGNALS
from stockbot.runtime.bus import Bus
from stockbot.runtime.database import Database
from stockbot.runtime.migrations import Upgrade
from stockbot.runtime.outbox import Outbox, Writer, outbox_tables
from stockbot.runtime.relay import Relay
from stockbot.testing.clock import START
from stockbot.testing.events import service_alert

FIRST = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0001", None
def upgrade():
    op.create_table("sample_orders", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture
def sample_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One service more: `sample-service` with one migration, and `tableless` without any."""
    versions = tmp_path / "services" / "sample_service" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "services" / "tableless").mkdir()
    for folder in (versions.parent, versions.parents[1], tmp_path / "services" / "tableless"):
        (folder / "__init__.py").write_text('PREFIX = "sample_"\n')
    (versions / "0001_first.py").write_text(FIRST)
    monkeypatch.setattr(stockbot, "__path__", [*stockbot.__path__, str(tmp_path / "services")])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("stockbot.sample_service", "stockbot.sample_service.migrations"):
        sys.modules.pop(name, None)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["db", *arguments])


@pytest.mark.usefixtures("sample_service")
def test_tables_are_made_once(database_url: str) -> None:
    """Before: no tables. Then they are made, and a second time nothing is left to do."""
    asked = ["sample-service", "--database-url", database_url]
    said = [_run(command, *asked).output for command in ("current", "upgrade", "upgrade", "current")]
    assert said == [
        "sample-service: no tables yet; this program has 0001: run `stockbot db upgrade`\n",
        "sample-service: made at 0001\n",
        "sample-service: already at 0001\n",
        "sample-service: 0001, the newest\n",
    ]


@pytest.mark.usefixtures("sample_service")
def test_all_services_that_have_migrations_are_meant() -> None:
    """Every package with migrations is found, and none without."""
    found = services_with_tables()
    assert found["sample-service"] == "stockbot.sample_service"
    assert "tableless" not in found
    assert "events" not in found


@pytest.mark.usefixtures("sample_service")
def test_the_default_is_the_local_platform(tmp_path: Path) -> None:
    """Without an address it is the SQLite file of the data folder."""
    result = _run("upgrade", "sample-service", "--data-dir", str(tmp_path))
    assert (result.exit_code, result.output) == (0, "sample-service: made at 0001\n")
    assert (tmp_path / "stockbot.db").exists()


@pytest.mark.usefixtures("sample_service")
def test_an_unknown_service_is_named_with_the_known(tmp_path: Path) -> None:
    """A misspelt name changes nothing and shows the right ones."""
    result = _run("upgrade", "smaple", "--data-dir", str(tmp_path))
    assert result.exit_code == 2
    assert "no service smaple has tables; those that have:" in result.output
    assert "sample-service" in result.output
    assert not (tmp_path / "stockbot.db").exists()


@pytest.mark.usefixtures("sample_service")
def test_a_wrong_address_is_one_line(tmp_path: Path) -> None:
    """No folder: one line with the fix, and no traceback."""
    result = _run("current", "sample-service", "--data-dir", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert result.output.startswith("stockbot: the database file")
    assert "make the folder" in result.output
    assert result.output.count("\n") == 1


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (Upgrade(None, "0002"), "made at 0002"),
        (Upgrade("0001", "0002"), "brought from 0001 to 0002"),
        (Upgrade("0002", "0002"), "already at 0002"),
    ],
)
def test_what_was_done(done: Upgrade, said: str) -> None:
    """A person reads whether something changed."""
    assert upgraded(done) == said


def test_an_old_database_says_what_to_run() -> None:
    """An older revision is shown with the one that is needed."""
    assert compared("0001", "0002") == "0001; this program has 0002: run `stockbot db upgrade`"


SOURCE = "sample-service/0"


async def _tell(database: Database, outbox: Outbox, first: int, last: int) -> None:
    events = [service_alert(number, source=SOURCE) for number in range(first, last + 1)]
    await database.run(lambda c: Writer(outbox, SOURCE).append(c, SIGNALS, events, START) and None)


async def _relay(bus: Bus, database: Database, outbox: Outbox) -> None:
    relay = Relay(bus, database, outbox, stream=SIGNALS, source=SOURCE, new_incarnation=lambda: "noticed")
    await relay.send_all()


@pytest.mark.usefixtures("sample_service")
async def test_after_a_restore_nothing_new_is_taken_for_something_old(
    bus: Bus, database: Database, database_url: str
) -> None:
    """New events that overtake the bus's old position are all sent, under a name that no consumer knows."""
    metadata = MetaData()
    outbox = outbox_tables(metadata, "sample_")
    await database.run(metadata.create_all)
    await database.run(lambda c: Writer(outbox, SOURCE).open(c, SIGNALS, "before"))
    await _tell(database, outbox, 1, 3)
    await _relay(bus, database, outbox)
    await database.run(lambda c: c.execute(delete(outbox.events).where(outbox.events.c.sequence > 1)) and None)
    await database.run(lambda c: c.execute(update(outbox.heads).values(last_sequence=1)) and None)

    said = (await asyncio.to_thread(_run, "restored", "sample-service", "--database-url", database_url)).output
    assert said == f"sample-service: goes on under a new name: {SIGNALS} of {SOURCE} from 2\n"

    await _tell(database, outbox, 12, 16)
    await _relay(bus, database, outbox)
    sent = [decode(document_of(fields or {})) for _, fields in await bus.commands.xrange(SIGNALS)]
    new = [event for event in sent if event.incarnation != sent[0].incarnation]
    assert [event.sequence for event in new] == [2, 3, 4, 5, 6]
    assert {event.incarnation.partition(".")[0] for event in new} == {"2"}


@pytest.mark.usefixtures("sample_service")
def test_a_service_without_events_has_nothing_to_restore(database_url: str) -> None:
    """Also where its tables are not there yet; what is not asked for stays as it is."""
    assert _run("restored", "sample-service", "--database-url", database_url).output == (
        "sample-service: has told no events\n"
    )
