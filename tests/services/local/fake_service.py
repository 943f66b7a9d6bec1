"""A service that only answers its probes, run by the tests as `fake_service.py DOCUMENT`.

What it does is said by files beside the document: `<document>.crash` makes it exit with code 3 at start,
`<document>.stubborn` makes it ignore SIGTERM, `<document>.unready` holds the reason why it is not ready.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

DOCUMENT = Path(sys.argv[1])


def told(what: str) -> Path:
    return DOCUMENT.with_suffix(f".{what}")


class Probes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        unready = told("unready").read_text() if told("unready").exists() else None
        check = {"name": "work", "ok": unready is None, "reason": unready}
        body = json.dumps({"ready": unready is None, "checks": [check], "degraded": []}).encode()
        self.send_response(503 if unready else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    print("starting with", os.environ["STOCKBOT_PORT"], flush=True)  # noqa: T201 - its log
    if told("crash").exists():
        sys.exit(3)
    if told("stubborn").exists():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    HTTPServer(("127.0.0.1", int(os.environ["STOCKBOT_PORT"])), Probes).serve_forever()
