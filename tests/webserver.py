"""A real HTTP server on loopback that keeps what is posted to it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Posts:
    address: str = ""
    status: int = 204
    """What every post is answered with."""
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def webserver(status: int = 204, headers: dict[str, str] | None = None) -> Iterator[Posts]:
    posts = Posts(status=status, headers=headers or {})

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            posts.paths.append(self.path)
            self.send_response(posts.status)
            for name, value in posts.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        posts.address = f"http://127.0.0.1:{server.server_port}/alerts"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield posts
        finally:
            server.shutdown()
            thread.join()
