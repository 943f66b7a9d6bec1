"""`stockbot up` with real processes: fake services, a real bus server."""

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import redis

from stockbot.runtime.fleet import Service
from stockbot.runtime.fleet.report import Wish, has_report, leave_wish, read_report

Start = Callable[..., Any]
Eventually = Callable[[Callable[[], Any], str], Any]
READY = "Ready after"


def is_gone(pid: int) -> bool:
    """True for a process that has ended, whether or not somebody has collected its exit code."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def test_a_platform_comes_up_and_ends_on_sigterm(start_platform: Start, eventually: Eventually) -> None:
    """All services and the bus become ready; SIGTERM ends every process, with exit code 0 and no file left."""
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    pids = platform.children()
    assert len(pids) == 3
    platform.process.terminate()
    assert platform.process.wait() == 0
    assert all(is_gone(pid) for pid in pids)
    assert not (platform.data_dir / "running.json").exists()


def test_a_killed_platform_leaves_no_orphan(start_platform: Start, eventually: Eventually) -> None:
    """Not even kill -9 of `stockbot up` leaves a service or the bus server behind."""
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    pids = platform.children()
    platform.process.kill()
    platform.process.wait()
    eventually(lambda: all(is_gone(pid) for pid in pids), "every child is gone")


def test_a_killed_platform_can_be_started_again(start_platform: Start, eventually: Eventually) -> None:
    """After kill -9 nothing has to be cleaned up by hand: the lock is gone, and the ports are free."""
    first = start_platform()
    eventually(lambda: READY in first.text(), "the first is ready")
    pids = first.children()
    first.process.kill()
    first.process.wait()
    eventually(lambda: all(is_gone(pid) for pid in pids), "every child is gone")
    second = start_platform()
    eventually(lambda: READY in second.text(), "the second is ready")


def test_a_crashed_service_is_restarted(start_platform: Start, eventually: Eventually) -> None:
    """A service that is killed is reported, started again and ready again."""
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    victim = platform.children()[-1]
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: "crashed (killed by SIGKILL), restarting" in platform.text(), "the crash is told")
    eventually(lambda: platform.text().rstrip().endswith(": ready"), "it is ready again")
    assert victim not in platform.children()


def test_a_crash_loop_shows_the_end_of_the_log(start_platform: Start, eventually: Eventually) -> None:
    """A service that crashes at every start is tried on, and the end of its log is shown once."""
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    (platform.data_dir / "documents/gateway.crash").touch()
    os.kill(platform.children()[1], signal.SIGKILL)
    os.kill(platform.children()[-1], signal.SIGKILL)
    eventually(lambda: "crashed 3 times (exit code 3)" in platform.text(), "the third crash is told")
    eventually(lambda: "gateway.log ends:\nstarting with" in platform.text(), "its log is shown")


def test_a_killed_bus_server_comes_back_where_it_was(start_platform: Start, eventually: Eventually) -> None:
    """The bus server is restarted on the same port with the same password, so that services find it again."""
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    client = redis.Redis.from_url(platform.bus_url(), protocol=2)
    before = client.info("server")["process_id"]
    os.kill(before, signal.SIGKILL)

    def pid_now() -> int | None:
        try:
            return int(client.info("server")["process_id"])
        except redis.RedisError:
            return None

    after = eventually(pid_now, "the bus answers again")
    client.close()
    assert after != before


def test_a_stubborn_service_is_killed_after_its_drain_time(
    start_platform: Start, eventually: Eventually, tmp_path: Path
) -> None:
    """Who ignores SIGTERM is killed once its drain time is over; the platform still ends with 0."""
    documents = tmp_path / "data/documents"
    documents.mkdir(parents=True)
    (documents / "gateway.stubborn").touch()
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    pids = platform.children()
    platform.process.terminate()
    assert platform.process.wait() == 0
    assert all(is_gone(pid) for pid in pids)


def test_a_second_signal_does_not_wait(
    start_platform: Start, eventually: Eventually, tmp_path: Path, documents: Path
) -> None:
    """A second Ctrl-C kills at once who would take a minute more."""
    file = documents / "gateway.yaml"
    file.write_text(file.read_text().replace("drainTimeoutSeconds: 2", "drainTimeoutSeconds: 3600"))
    (tmp_path / "data/documents").mkdir(parents=True)
    (tmp_path / "data/documents/gateway.stubborn").touch()
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    platform.process.send_signal(signal.SIGINT)
    eventually(lambda: "stopping" in platform.text(), "the first signal is heard")
    platform.process.send_signal(signal.SIGINT)
    assert platform.process.wait() == 0


def test_a_second_platform_over_the_same_folder_is_refused(start_platform: Start, eventually: Eventually) -> None:
    """A second `stockbot up` over the same data folder says which process holds it, and starts nothing."""
    first = start_platform()
    eventually(lambda: READY in first.text(), "the first is ready")
    second = start_platform()
    assert second.process.wait() != 0
    assert f"`stockbot up` (pid {first.process.pid}) runs over {first.data_dir} now" in second.text()
    assert first.process.poll() is None


def test_a_busy_port_is_named_with_its_holder(start_platform: Start, eventually: Eventually) -> None:
    """Each port that is in use is one line with the service, the port and who holds it."""
    first = start_platform()
    eventually(lambda: READY in first.text(), "the first is ready")
    second = start_platform()
    second.process.wait()
    assert f"gateway: port {3001 + first.port_offset} is held by python" in second.text()
    assert f"dashboard: port {5173 + first.port_offset} is held by python" in second.text()


def test_only_hashes_of_tokens_reach_the_disk(start_platform: Start, eventually: Eventually) -> None:
    """A pinned token is neither in a file nor in the output, and its hash has the role admin."""
    token = "a-token-chosen-by-a-person"  # noqa: S105 - it guards nothing
    platform = start_platform(STOCKBOT_ADMIN_TOKEN=token)
    eventually(lambda: READY in platform.text(), "the platform is ready")
    records = json.loads((platform.data_dir / "tokens.json").read_text())
    assert {record["name"]: record["role"] for record in records} == {
        "admin": "admin",
        "gateway": "viewer",
        "dashboard": "viewer",
    }
    files = [path for path in platform.data_dir.rglob("*") if path.is_file()]
    assert not [path for path in files if token.encode() in path.read_bytes()]
    assert token not in platform.text()


def test_secrets_are_no_arguments(start_platform: Start, eventually: Eventually) -> None:
    """No process has the bus password in its command line, which every user of the machine can read."""
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    password = urlsplit(platform.bus_url()).password or ""
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in platform.children()]
    assert len(password) > 20
    assert not [command for command in commands if password.encode() in command]


def test_services_answer_on_their_ports(start_platform: Start, eventually: Eventually) -> None:
    """Each service listens on the port of its type, moved by the offset."""
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")
    for port in (3001, 5173):
        url = f"http://127.0.0.1:{port + platform.port_offset}/readyz"
        assert httpx.get(url, trust_env=False).json()["ready"] is True


def test_a_platform_reports_how_its_services_stand(start_platform: Start, eventually: Eventually) -> None:
    """In its data folder, for as long as it runs; a restart that is asked for there is done, and nothing else ends."""
    platform = start_platform()
    eventually(lambda: READY in platform.text(), "the platform is ready")

    def stand() -> dict[str, Service]:
        return {one.name: one for one in read_report(platform.data_dir, datetime.now(UTC)).services}

    found = eventually(lambda: all(one.is_well for one in stand().values()) and stand(), "all are reported ready")
    assert [(name, one.type) for name, one in found.items()] == [
        ("dashboard", "Dashboard"),
        ("gateway", "MarketDataGateway"),
        ("bus server", "embedded bus"),
    ]
    before = platform.children()
    leave_wish(platform.data_dir, Wish(restart="gateway", who="ada", why="slow", at=datetime.now(UTC)))
    eventually(lambda: "gateway: stopping: ada asked for a restart: slow" in platform.text(), "it is told")
    eventually(lambda: stand()["gateway"].instances[0].restarts == 1 and stand()["gateway"].is_well, "it is back")
    assert len(set(before) - set(platform.children())) == 1
    platform.process.terminate()
    assert platform.process.wait() == 0
    assert not has_report(platform.data_dir)
