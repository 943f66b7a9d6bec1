"""`make monitor`: Prometheus with all rules beside a running `stockbot up`, until Ctrl-C."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from stockbot.errors import StockbotError
from stockbot.fleet import Service
from stockbot.monitoring.prometheus import Prometheus
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.fleet.report import read_report

LOOK_SECONDS = 5.0
PORT = 9099  # where Debian's package starts a Prometheus of its own, that one has 9090


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 2 for what a person must mend, 1 where Prometheus ended by itself."""
    asked = _parsed(arguments)
    try:
        server = Prometheus.start((asked.data_dir / "prometheus").absolute(), asked.port)
    except StockbotError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        return _follow(server, asked.data_dir.absolute())
    finally:
        server.stop()


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make monitor", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path(".stockbot"), help="the folder of `stockbot up`")
    parser.add_argument("--port", type=int, default=PORT, help="of Prometheus, on loopback")
    return parser.parse_args(arguments)


def _follow(server: Prometheus, folder: Path) -> int:
    """Have the services scraped that run, whenever they change, until a signal comes."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    _say(f"Prometheus: {server.url}/alerts (rules: {server.folder}; Ctrl-C stops it)")
    said = ""
    while not stop.is_set():
        if not server.is_running():
            _say(f"Prometheus has ended; its log is {server.folder / 'prometheus.log'}")
            return 1
        services, words = _services(folder)
        server.scrape(services)
        if words != said:
            _say(words)
        said = words
        stop.wait(LOOK_SECONDS)
    return 0


def _services(folder: Path) -> tuple[tuple[Service, ...], str]:
    """What runs, in services and in words."""
    try:
        services = read_report(folder, SystemClock().now()).services
    except StockbotError as error:
        return (), f"Nothing is scraped yet: {error}"
    running = [one.name for one in services if one.endpoint]
    return services, f"Scrapes {', '.join(running)}."


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
