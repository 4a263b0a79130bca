"""The site on a real socket: `with serve(room) as base: ...`."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .faults import Answer
from .room import Newsroom

_WORTH_PACKING = 500  # bytes; anything shorter is sent as it is
_PIECE = b"<p>And so it goes on.</p>\n" * 2500


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client's idle connection must not hold up the end
    request_queue_size = 256
    room: Newsroom
    slow: float
    endless: int

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up are an everyday matter here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Newsroom"
    sys_version = ""
    server: _Server
    wbufsize = 65_536  # head and body leave together
    disable_nagle_algorithm = True
    timeout = 60.0  # seconds that an idle connection is kept

    def do_GET(self) -> None:
        answer = self.server.room.answer(self.path, dict(self.headers.items()))
        if answer.fault == "drop":
            self._hang_up()
        elif answer.fault == "endless":
            self._go_on(answer)
        else:
            if answer.fault == "slow":
                time.sleep(self.server.slow)
            self._send(answer)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet; the room has its own log."""

    def _send(self, answer: Answer) -> None:
        body, headers = answer.body, dict(answer.headers)
        if len(body) > _WORTH_PACKING and "gzip" in self.headers.get("Accept-Encoding", "").lower():
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if answer.status != 304:
            headers["Content-Length"] = str(len(body))
        self._head(answer.status, headers | {"Vary": "Accept-Encoding"})
        if self.command == "HEAD":
            return
        if answer.fault == "cut":
            self.wfile.write(body[: len(body) // 2])
            self._hang_up()
        else:
            self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _go_on(self, answer: Answer) -> None:
        """Send a body of unknown length that only ends after many megabytes."""
        self.close_connection = True
        kind = answer.headers.get("Content-Type", "text/html")
        self._head(200, {"Content-Type": kind, "Connection": "close"})
        for _ in range(0, self.server.endless, len(_PIECE)):
            self.wfile.write(_PIECE)

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serve(
    room: Newsroom, port: int = 0, slow: float = 2.0, endless: int = 64_000_000, host: str = "127.0.0.1"
) -> Iterator[str]:
    """Serve the room in the background and yield its base address, which also becomes room.base.

    Port 0 takes any free one. `slow` is how many seconds a slow answer waits, `endless` how many bytes
    an endless one goes on for.
    """
    server = _Server((host, port), _Handler)
    server.room, server.slow, server.endless = room, slow, endless
    room.base = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield room.base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
