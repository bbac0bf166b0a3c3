"""Requests: verified, patient, never twice blindly, and the token for one host only."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.http import Http, asked_wait_s, checked_address
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeError

SECRET = "sesame-open-1234"


def answers(*given: httpx2.Response | Exception, seen: list[httpx2.Request] | None = None) -> httpx2.MockTransport:
    """Answers in their order, the last one for ever."""
    queue = list(given)

    def handle(request: httpx2.Request) -> httpx2.Response:
        if seen is not None:
            seen.append(request)
        one = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(one, Exception):
            raise one
        return one

    return httpx2.MockTransport(handle)


class Patience:
    """Counts what would be waited."""

    def __init__(self) -> None:
        self.waited = 0.0
        self.told: list[tuple[float, str]] = []

    def sleep(self, seconds: float) -> bool:
        self.waited += seconds
        return False


def client(transport: httpx2.BaseTransport | None, patience: Patience, base: str = "https://jira.test/x") -> Http:
    return Http(
        base,
        {"authorization": f"Bearer {SECRET}"},
        cancel=CancelToken(),
        transport=transport,
        sleep=patience.sleep,
        on_wait=lambda seconds, host: patience.told.append((seconds, host)),
    )


@pytest.fixture
def patience() -> Patience:
    return Patience()


def code_of(http: Http, method: str = "GET", **how: object) -> BacklogCode:
    with http, pytest.raises(BacklogError) as raised:
        http.request(method, "/a", **how)  # type: ignore[arg-type]
    assert SECRET not in str(raised.value)
    return raised.value.code


@pytest.mark.parametrize(
    ("answer", "method", "code"),
    [
        (httpx2.Response(401), "GET", BacklogCode.UNAUTHORISED),
        (httpx2.Response(403), "GET", BacklogCode.FORBIDDEN),
        (httpx2.Response(404), "GET", BacklogCode.NOT_FOUND),
        (httpx2.Response(422, json={"errors": ["Subject cannot be blank"]}), "POST", BacklogCode.REFUSED),
        (httpx2.Response(500), "POST", BacklogCode.OUTCOME_UNKNOWN),
        (httpx2.Response(503), "GET", BacklogCode.UNREACHABLE),
        (httpx2.ConnectError("no"), "POST", BacklogCode.UNREACHABLE),
        (httpx2.ReadTimeout("no"), "POST", BacklogCode.OUTCOME_UNKNOWN),
        (httpx2.RemoteProtocolError("no"), "POST", BacklogCode.OUTCOME_UNKNOWN),
        (httpx2.ReadTimeout("no"), "GET", BacklogCode.UNREACHABLE),
        (httpx2.Response(429, headers={"retry-after": "301"}), "POST", BacklogCode.BUSY),
        (httpx2.ConnectError("certificate verify failed"), "GET", BacklogCode.CERTIFICATE),
    ],
)
def test_what_a_failure_means(
    patience: Patience, answer: httpx2.Response | Exception, method: str, code: BacklogCode
) -> None:
    assert code_of(client(answers(answer), patience), method) is code


def test_a_post_that_may_have_arrived_is_sent_once(patience: Patience) -> None:
    seen: list[httpx2.Request] = []
    code_of(client(answers(httpx2.ReadError("gone"), seen=seen), patience), "POST")
    assert len(seen) == 1


def test_what_was_never_sent_or_refused_for_its_number_is_tried_again(patience: Patience) -> None:
    seen: list[httpx2.Request] = []
    given = (
        httpx2.ConnectError("no"),
        httpx2.Response(429, headers={"retry-after": "2"}),
        httpx2.Response(201, json={}),
    )
    with client(answers(*given, seen=seen), patience) as http:
        assert http.json("POST", "/issue", json={"a": 1}) == {}
    assert [request.content for request in seen] == [b'{"a":1}'] * 3
    assert patience.waited >= 2.7


def test_waiting_is_told_and_can_be_stopped(patience: Patience) -> None:
    cancel = CancelToken()
    http = Http(
        "https://jira.test",
        {},
        cancel=cancel,
        transport=answers(httpx2.Response(429, headers={"retry-after": "40"})),
        sleep=patience.sleep,
        on_wait=lambda left, host: (patience.told.append((left, host)), left < 38 and cancel.cancel()),
    )
    with http, pytest.raises(TranscribeError):
        http.request("GET", "/a")
    assert [left for left, _ in patience.told] == [40, 39, 38, 37]
    assert patience.told[0][1] == "jira.test"


def test_githubs_403_is_a_limit_too(patience: Patience) -> None:
    given = (
        httpx2.Response(403, headers={"x-ratelimit-remaining": "0", "retry-after": "1"}),
        httpx2.Response(200, json=[]),
    )
    with client(answers(*given), patience) as http:
        assert http.json("GET", "/a") == []


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after": "7"}, 7, 7),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0, 0),
        ({"x-ratelimit-reset": "2015-10-21T07:28:00+00:00"}, 0, 0),
        ({"x-ratelimit-reset": "2015-10-21T07:28"}, 0, 0),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], low: float, high: float) -> None:
    wait_s = asked_wait_s(httpx2.Response(429, headers=headers))
    assert wait_s is not None
    assert low <= wait_s <= high


@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}, {"x-ratelimit-reset": "soon"}])
def test_no_word_about_waiting(headers: dict[str, str]) -> None:
    assert asked_wait_s(httpx2.Response(429, headers=headers)) is None


@pytest.mark.parametrize(
    "location", ["https://evil.test/x", "http://jira.test/x", "https://jira.test:444/x", "//evil.test/"]
)
def test_a_redirect_elsewhere_never_carries_the_token(patience: Patience, location: str) -> None:
    seen: list[httpx2.Request] = []
    moved = httpx2.Response(302, headers={"location": location})
    assert code_of(client(answers(moved, seen=seen), patience)) is BacklogCode.REDIRECTED
    assert [request.url.host for request in seen] == ["jira.test"]


def test_a_redirect_within_the_host_is_followed_for_reading_alone(patience: Patience) -> None:
    moved = httpx2.Response(301, headers={"location": "/x/b"})
    with client(answers(moved, httpx2.Response(200, json={"b": 1})), patience) as http:
        assert http.json("GET", "/a") == {"b": 1}
    assert code_of(client(answers(moved), patience), "POST") is BacklogCode.REDIRECTED


def test_a_sign_in_page_is_no_tracker(patience: Patience) -> None:
    with (
        client(answers(httpx2.Response(200, html="<h1>Hotel</h1>")), patience) as http,
        pytest.raises(BacklogError) as no,
    ):
        http.json("GET", "/a")
    assert no.value.code is BacklogCode.NOT_A_TRACKER


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("jira.test", BacklogCode.ADDRESS_INVALID),
        ("ftp://jira.test", BacklogCode.ADDRESS_INVALID),
        ("https://ada:sesame@jira.test", BacklogCode.ADDRESS_INVALID),
        ("https://jira.test/?token=1", BacklogCode.ADDRESS_INVALID),
        ("http://jira.test", BacklogCode.INSECURE),
        ("http://10.0.0.1", BacklogCode.INSECURE),
    ],
)
def test_addresses_that_are_refused(url: str, code: BacklogCode) -> None:
    with pytest.raises(BacklogError) as refused:
        checked_address(url)
    assert refused.value.code is code
    assert "sesame" not in str(refused.value)


def test_addresses_that_are_taken() -> None:
    assert checked_address(" https://jira.test/jira/ ") == "https://jira.test/jira"
    assert checked_address("http://127.0.0.1:3000/") == "http://127.0.0.1:3000"


@pytest.fixture
def own_certificate(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A server on this machine with a certificate of its own making: its port, and the certificate."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                raw, _ = listening.accept()
            except TimeoutError:
                continue
            raw.settimeout(5)
            try:
                with context.wrap_socket(raw, server_side=True) as one:
                    one.recv(65536)
                    one.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            except OSError:
                raw.close()

    thread = threading.Thread(target=serve, name="tls")
    thread.start()
    yield listening.getsockname()[1], cert
    over.set()
    thread.join()
    listening.close()


def test_a_certificate_of_ones_own_needs_its_ca_file(own_certificate: tuple[int, Path], patience: Patience) -> None:
    port, cert = own_certificate
    base = f"https://localhost:{port}"
    assert code_of(client(None, patience, base)) is BacklogCode.CERTIFICATE
    with Http(base, {}, cancel=CancelToken(), ca_file=cert) as http:
        assert http.json("GET", "/a") == {}


def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.pem", tmp_path):
        with pytest.raises(BacklogError) as refused:
            Http("https://jira.test", {}, cancel=CancelToken(), ca_file=path)
        assert refused.value.code is BacklogCode.CA_FILE
