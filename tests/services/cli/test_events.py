"""`stockbot events`, over a real bus."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from typer.testing import CliRunner, Result

from stockbot.cli.app import app
from stockbot.events.streams import ALERTS, FIELD, SIGNALS, dead, market_data

DEADLINE_SECONDS = 30.0


def events(bus_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["events", *arguments, "--bus-url", bus_url])


def tail(bus_url: str, *arguments: str) -> list[str]:
    return events(bus_url, "tail", "--no-follow", *arguments).output.splitlines()


def test_the_latest_events_are_lines_in_order(bus_url: str) -> None:
    """Time in UTC, type, subject and what happened, over all streams, the newest last."""
    lines = tail(bus_url)
    assert lines[:3] == [
        "12:00:00.000Z  MARKET_DATA       0         2 quotes, 1 stale: AAPL 100, MSFT 101",
        "12:00:00.000Z  SERVICE_ALERT     AAPL      warning: prices are old",
        "12:00:05.000Z  MARKET_DATA       0         1 quote: AAPL 100",
    ]


def test_what_is_no_event_is_shown_and_cannot_steer_the_terminal(bus_url: str) -> None:
    """A malformed entry is a line with its stream and its reason, without control characters."""
    line = tail(bus_url)[-1]
    assert "malformed" in line
    assert ALERTS in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["-n", "1"], 1),
        (["-n", "0"], 0),
        (["--type", "MARKET_DATA"], 2),
        (["--type", "MARKET_DATA", "--type", "SERVICE_ALERT"], 3),
        (["--subject", "AAPL"], 1),
        (["--stream", "alerts"], 2),
        (["--stream", "stockbot:alerts", "--type", "MARKET_DATA"], 0),
        (["--type", "MARKET_DATA", "-n", "1"], 1),
        (["--stream", "signals"], 0),
    ],
)
def test_filters(bus_url: str, arguments: list[str], count: int) -> None:
    """Type, stream and subject narrow what is shown, each together with the others and with -n."""
    assert len(tail(bus_url, *arguments)) == count


def test_json_is_the_event_as_it_was_sent(bus_url: str) -> None:
    """Each line of stdout is one event; what is none goes to stderr."""
    answer = events(bus_url, "tail", "--no-follow", "--json")
    assert [json.loads(line)["id"] for line in answer.stdout.splitlines()] == [
        "tick-0",
        "alert-prices are old",
        "tick-5",
    ]
    assert "malformed" in answer.stderr


def test_an_unknown_type_is_refused(bus_url: str) -> None:
    """A misspelt type shows the ones there are, rather than nothing for ever."""
    answer = events(bus_url, "tail", "--type", "MARKETDATA")
    assert answer.exit_code == 2
    assert "--type MARKETDATA is no event type: use MARKET_DATA," in answer.stderr


def test_following_shows_what_comes_also_on_new_streams(bus_url: str, client: redis.Redis, tmp_path: Path) -> None:
    """What is appended later is shown, from a stream that was not there at the start too; Ctrl-C ends it well."""
    output = tmp_path / "output"
    command = [sys.executable, "-m", "stockbot", "events", "tail", "--json", "-n", "1", "-t", "MARKET_DATA"]
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--bus-url", bus_url],
            stdout=file,
            preexec_fn=interruptible,  # noqa: PLW1509 - nothing else runs in this process
        )
    wait_for(output, "tick-5")
    client.copy(market_data(0), market_data(7))
    wait_for(output, "tick-0")
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0


def interruptible() -> None:
    """A program started in the background of a shell ignores Ctrl-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(output: Path, text: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while text not in output.read_text():
        assert time.monotonic() < deadline, f"{text} never came"
        time.sleep(0.05)


def test_stats_of_a_stream_and_its_groups(bus_url: str, client: redis.Redis) -> None:
    """Length, rate, dead letters, and for each group what is pending, not delivered and how old that is."""
    client.xgroup_create(ALERTS, "alert-manager", id="0")
    client.xreadgroup("alert-manager", "0", {ALERTS: ">"}, count=1)
    client.xgroup_create(ALERTS, "done", id="$")
    client.xadd(dead(ALERTS), {FIELD: b"x"})
    found = {stream["name"]: stream for stream in json.loads(events(bus_url, "stats", "--json").stdout)}
    assert set(found) == {ALERTS, market_data(0)}
    assert (found[ALERTS]["length"], found[ALERTS]["dead"]) == (2, 1)
    assert found[market_data(0)]["rate"] > 0
    behind, done = found[ALERTS]["groups"]
    assert (behind["name"], behind["pending"], behind["lag"]) == ("alert-manager", 1, 1)
    assert behind["oldest_seconds"] >= 0
    assert (done["name"], done["pending"], done["oldest_seconds"]) == ("done", 0, None)


def test_stats_are_a_table(bus_url: str, client: redis.Redis) -> None:
    """Without --json a person gets one line for each group, and a dash where only observers read."""
    client.xgroup_create(ALERTS, "alert-manager", id="0")
    lines = events(bus_url, "stats").output.splitlines()
    assert lines[0].split() == ["Stream", "Length", "Per", "s", "Dead", "Group", "Pending", "Lag", "Oldest"]
    assert lines[1].startswith("alerts")
    assert "alert-manager" in lines[1]
    assert lines[2].split()[-1] == "-"


def test_an_empty_bus_has_no_streams(server: object, client: redis.Redis) -> None:
    """Before the first event there is nothing to tell, and that is said."""
    address = (
        f"redis://:{client.get_connection_kwargs()['password']}@127.0.0.1:{client.get_connection_kwargs()['port']}/0"
    )
    assert events(address, "stats").output == "no stream yet\n"
    assert events(address, "dead").output == "no dead letters\n"


def put_aside(client: redis.Redis, mirror: str, letter_id: str, document: bytes) -> None:
    reason = "no such account\x1b[2J"
    client.xadd(
        mirror,
        {FIELD: document, "letter_id": letter_id, "consumer": "risk-guardian", "reason": reason},
        id=f"{1000 + int(letter_id[-1])}-0",
    )


def test_dead_letters_are_listed_and_shown(bus_url: str, client: redis.Redis) -> None:
    """The list names each letter with its reason; `show` prints the event, as JSON where it is JSON."""
    put_aside(client, dead(SIGNALS), "l-1", b'{"id": "s-1"}')
    put_aside(client, dead(ALERTS), "l-2", b"\xff not json")
    for arguments in (["dead"], ["dead", "list"]):
        lines = events(bus_url, *arguments).output.splitlines()
        assert lines[0].endswith("Z  l-1  stockbot:signals -> risk-guardian: no such account�[2J")
        assert len(lines) == 2
    assert events(bus_url, "dead", "list", "-n", "1").output.count("l-") == 2
    assert '{\n  "id": "s-1"\n}' in events(bus_url, "dead", "show", "l-1").output
    assert "� not json" in events(bus_url, "dead", "show", "l-2").output


def test_an_unknown_letter_is_refused(bus_url: str) -> None:
    """An id that no mirror has names the command that lists them."""
    answer = events(bus_url, "dead", "show", "l-9")
    assert answer.exit_code == 2
    assert "no dead letter l-9 is mirrored" in answer.stderr


def test_without_a_platform_the_fix_is_named(tmp_path: Path) -> None:
    """Where no platform runs and no address is given, the error says what to do."""
    answer = CliRunner().invoke(app, ["events", "stats", "--data-dir", str(tmp_path)])
    assert answer.exit_code == 2
    assert "start `stockbot up`, or give --data-dir or --bus-url" in answer.stderr


def test_a_wrong_password_is_told_without_it(bus_url: str) -> None:
    """A refused login is one line, and the password is not in it."""
    host = bus_url.rpartition("@")[2]
    answer = events(f"redis://:wrong-password@{host}", "stats")
    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"stockbot: redis://***@{host}: ")
    assert "wrong-password" not in answer.output
