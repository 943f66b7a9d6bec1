"""Run the fake Alpaca by hand or beside other processes: `python -m stockbot.testing.alpaca --port 8123`."""

import argparse
from decimal import Decimal
from pathlib import Path
from socket import create_server

from stockbot.testing.alpaca.server import CASH, LOOPBACK, application, new_books, read, server


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake Alpaca on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="a file that keeps its books over a restart")
    parser.add_argument("--cash", type=Decimal, default=CASH)
    parser.add_argument("--multiplier", default="4", help="1 for a cash account")
    options = parser.parse_args()
    kept = options.state is not None and options.state.exists()
    books = read(options.state) if kept else new_books(options.cash, options.multiplier)
    server(application(books, options.state)).run([create_server((LOOPBACK, options.port))])


if __name__ == "__main__":
    main()
