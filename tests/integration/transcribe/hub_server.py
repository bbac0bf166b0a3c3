"""A local server with the few calls of the Hugging Face hub that a download makes; it can be told to misbehave."""

from __future__ import annotations

import hashlib
import http.server
import json
import socket
import struct
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """Serves one repository's files, whatever the repository is called.

    Attributes:
        files: name -> content; large ones (`lfs`) are announced with a sha256, others with git's hash.
        cut_after: bytes of body after which a connection is torn, None for never.
        die_after_cut: after the first cut nothing answers any more.
        lie_about: name of a file whose announced hash is wrong.
        ranges: whether Range requests are honoured.
        status: answer everything with this status instead of 200.
        gate: when set, bodies of large files wait for it after their first kilobyte.
        requests: (method, path, Range header) of all that was asked.
        headers: header names and values of all requests.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.lfs = {"model.bin"}
        self.cut_after: int | None = None
        self.die_after_cut = False
        self.lie_about: str | None = None
        self.ranges = True
        self.status = 200
        self.listing: bytes | None = None
        self.gate: threading.Event | None = None
        self.requests: list[tuple[str, str, str | None]] = []
        self.headers: list[tuple[str, str]] = []
        self.dead = False
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub._answer(self)

            def log_message(self, *args: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # clients that go away are part of the tests

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # joined on close
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.gate is not None:
            self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sent(self, name: str) -> list[str | None]:
        """The Range headers of all requests for one file."""
        return [span for _, path, span in self.requests if path.endswith(f"/{name}")]

    def _answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        self.requests.append((handler.command, path, handler.headers.get("Range")))
        self.headers.extend(handler.headers.items())
        if self.dead:
            self._tear(handler)
        elif self.status != 200:
            handler.send_error(self.status)
        elif path.startswith("/api/models/"):
            self._send(handler, self.listing or json.dumps(self._listing(path)).encode())
        else:
            self._send_file(handler, path.rpartition("/")[2])

    def _listing(self, path: str) -> dict[str, object]:
        siblings = []
        for name, content in self.files.items():
            blob = b"blob %d\0" % len(content) + content
            entry: dict[str, object] = {
                "rfilename": name,
                "size": len(content),
                "blobId": hashlib.sha1(b"lie" if name == self.lie_about else blob).hexdigest(),
            }
            if name in self.lfs:
                sha256 = hashlib.sha256(b"lie" if name == self.lie_about else content).hexdigest()
                entry["lfs"] = {"size": len(content), "sha256": sha256, "pointerSize": 133}
            siblings.append(entry)
        repo = path.removeprefix("/api/models/")
        return {"id": repo, "modelId": repo, "sha": COMMIT, "siblings": siblings, "tags": []}

    def _send_file(self, handler: http.server.BaseHTTPRequestHandler, name: str) -> None:
        content = self.files.get(name)
        if content is None:
            handler.send_error(404)
            return
        span = handler.headers.get("Range")
        start = int(span.removeprefix("bytes=").rstrip("-")) if span and self.ranges else 0
        body = content[start:]
        handler.send_response(206 if span and self.ranges else 200)
        if span and self.ranges:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if self.cut_after is not None and len(body) > self.cut_after:
            handler.wfile.write(body[: self.cut_after])
            handler.wfile.flush()
            self.dead = self.die_after_cut
            self._tear(handler)
            return
        handler.wfile.write(body[:1024])
        handler.wfile.flush()
        for at in range(1024, len(body), 65536):
            if self.gate is not None and name in self.lfs:
                self.gate.wait(30)
            handler.wfile.write(body[at : at + 65536])

    @staticmethod
    def _send(handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    @staticmethod
    def _tear(handler: http.server.BaseHTTPRequestHandler) -> None:
        """End the connection as a dying machine does: a reset, no farewell."""
        handler.close_connection = True
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
