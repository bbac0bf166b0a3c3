"""Requests to a tracker: verified, with the token for one host only, waiting where it is asked to, never twice blindly.

The owner of httpx2 in this package (the client that model downloads use already). It is imported where it is used.
"""

from __future__ import annotations

import ipaddress
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

from annotate.backlog.errors import BacklogCode, BacklogError
from transcribe.cancel import CancelToken

if TYPE_CHECKING:
    import httpx2

TRIES = 5
"""Attempts at a request that may be repeated."""
_FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
"""A tracker that asks for a longer pause ends the run with a word; what was done is done."""
_TIMEOUT_S = 30.0
_REDIRECTS = 3
_TOLD = 300

Waiting = Callable[[float, str], None]
"""Hears once a second for how long it still waits, and the host it waits for."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of one try. `pause`: it is to be tried again, after `wait_s` where that was asked for."""

    response: httpx2.Response | None
    pause: bool = False
    wait_s: float | None = None
    code: BacklogCode = BacklogCode.UNREACHABLE
    detail: str = ""


class Http:
    """One tracker's address with its token; used from one thread, in a `with` statement.

    Args:
        base_url: `https://host[/path]`; `http` for this computer alone.
        headers: what says who asks. They go to the host of `base_url` and to no other.
        ca_file: a file of the user's own certificates (PEM), for a server with a certificate of its own making.
        cancel: looked at before each request and while waiting.
        transport: takes the network's place, for tests.

    Raises:
        BacklogError: ADDRESS_INVALID, INSECURE, CA_FILE from the constructor. From `request`: UNREACHABLE,
            CERTIFICATE, UNAUTHORISED, FORBIDDEN, NOT_FOUND, REDIRECTED, REFUSED, BUSY, NOT_A_TRACKER,
            OUTCOME_UNKNOWN.
        TranscribeError: CANCELLED.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        cancel: CancelToken,
        ca_file: Path | None = None,
        on_wait: Waiting | None = None,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], bool] | None = None,
    ) -> None:
        import httpx2

        self.base_url = checked_address(base_url)
        self._host = urlsplit(self.base_url).hostname or ""
        self._origin = _origin(self.base_url)
        self._cancel = cancel
        self._on_wait = on_wait
        self._sleep = sleep or cancel.wait
        self._client = httpx2.Client(
            headers={"user-agent": "moderato", "accept": "application/json", **headers},
            timeout=httpx2.Timeout(_TIMEOUT_S, connect=10.0),
            follow_redirects=False,
            verify=_trust(ca_file),
            trust_env=True,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeat: bool | None = None,
        missing: bool = False,
    ) -> httpx2.Response | None:
        """One request, repeated where that is harmless.

        Args:
            path: below the base address.
            repeat: whether doing it twice does no more than once; None: what the method promises (all but POST).
                Where it isn't, a lost answer raises OUTCOME_UNKNOWN, and the caller has to look.
            missing: give None for 404 and 410 in place of raising NOT_FOUND.
        """
        again = repeat if repeat is not None else method != "POST"
        sent = {"json": json, "params": params, "files": files, "content": content, "headers": headers}
        for attempt in range(1, TRIES + 1):
            self._cancel.check()
            answer = self._attempt(method, self.base_url + path, sent, again=again)
            if answer.response is not None and not answer.pause:
                if missing and answer.response.status_code in {404, 410}:
                    return None
                _refusals(answer.response, self._host)
                return answer.response
            wait_s = answer.wait_s if answer.wait_s is not None else _backoff(attempt)
            if attempt == TRIES or wait_s > LONGEST_WAIT_S:
                raise BacklogError(answer.code, answer.detail)
            if files is not None:
                _rewind(files)
            self._wait(wait_s)
        raise BacklogError(BacklogCode.UNREACHABLE, self._host)

    def _attempt(self, method: str, url: str, sent: Mapping[str, Any], *, again: bool) -> _Answer:
        """One try. Raises what no further try would mend; gives an answer to wait after for the rest."""
        import httpx2

        try:
            response = self._send(method, url, **sent)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            # Nothing was sent.
            if _is_about_certificate(error):
                raise BacklogError(BacklogCode.CERTIFICATE, self._host) from error
            return _Answer(None, pause=True, code=BacklogCode.UNREACHABLE, detail=self._host)
        except httpx2.TransportError as error:
            if not again:
                raise BacklogError(BacklogCode.OUTCOME_UNKNOWN, self._host) from error
            return _Answer(None, pause=True, code=BacklogCode.UNREACHABLE, detail=self._host)
        except httpx2.HTTPError as error:
            raise BacklogError(BacklogCode.NOT_A_TRACKER, self._host) from error
        detail = f"{self._host}: HTTP {response.status_code}"
        if is_limit(response):
            # Refused before any work was done, so that a POST may be repeated as well.
            return _Answer(response, pause=True, wait_s=asked_wait_s(response), code=BacklogCode.BUSY, detail=detail)
        if response.status_code >= 500:
            if not again:
                raise BacklogError(BacklogCode.OUTCOME_UNKNOWN, detail)
            wait_s = asked_wait_s(response)
            return _Answer(response, pause=True, wait_s=wait_s, code=BacklogCode.UNREACHABLE, detail=detail)
        return _Answer(response)

    def json(self, method: str, path: str, **how: Any) -> Any:
        """As `request`, and what the answer holds; None for an empty answer and where `missing` allows it."""
        response = self.request(method, path, **how)
        if response is None or not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            # A sign-in page, or an address that isn't the interface's.
            raise BacklogError(BacklogCode.NOT_A_TRACKER, self._host) from error

    def _send(self, method: str, url: str, **how: Any) -> httpx2.Response:
        headers = dict(how.pop("headers", None) or {})
        response = self._client.request(method, url, headers=headers, **how)
        for _ in range(_REDIRECTS):
            if not response.is_redirect:
                return response
            target = urljoin(str(response.url), response.headers.get("location", ""))
            if _origin(target) != self._origin:
                raise BacklogError(BacklogCode.REDIRECTED, f"{self._host} → {urlsplit(target).hostname}")
            if method != "GET":
                raise BacklogError(BacklogCode.REDIRECTED, f"{self._host}: {urlsplit(target).path}")
            response = self._client.request(method, target, headers=headers)
        raise BacklogError(BacklogCode.REDIRECTED, self._host)

    def _wait(self, seconds: float) -> None:
        left = seconds
        while left > 0:
            if self._on_wait is not None:
                self._on_wait(left, self._host)
            step = min(1.0, left)
            self._sleep(step)
            self._cancel.check()
            left -= step


def checked_address(url: str) -> str:
    """An address without a slash at its end and without a name or password in it."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BacklogError(BacklogCode.ADDRESS_INVALID, url.strip())
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise BacklogError(BacklogCode.ADDRESS_INVALID, parts.hostname)
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise BacklogError(BacklogCode.INSECURE, parts.hostname)
    return url.strip().rstrip("/")


def is_limit(response: httpx2.Response) -> bool:
    """429, and the 403 by which GitHub says the same (https://docs.github.com/rest, "Rate limits")."""
    if response.status_code == 429:
        return True
    return response.status_code == 403 and (
        "retry-after" in response.headers or response.headers.get("x-ratelimit-remaining") == "0"
    )


def asked_wait_s(response: httpx2.Response) -> float | None:
    """How long the answer asks to wait (Retry-After, in seconds or as a date; X-RateLimit-Reset), None: it doesn't."""
    asked = response.headers.get("retry-after", "").strip()
    try:
        if asked:
            return max(
                0.0, float(asked) if asked.replace(".", "", 1).isdigit() else _until(parsedate_to_datetime(asked))
            )
        if response.status_code != 429 and response.headers.get("x-ratelimit-remaining") != "0":
            return None
        reset = response.headers.get("x-ratelimit-reset", "").strip()
        if not reset:
            return None
        return max(0.0, int(reset) - time.time() if reset.isdigit() else _until(datetime.fromisoformat(reset)))
    except (ValueError, TypeError):
        return None


def _until(moment: datetime) -> float:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(UTC)).total_seconds()


def _refusals(response: httpx2.Response, host: str) -> None:
    status = response.status_code
    if status < 400:
        return
    if status == 401:
        raise BacklogError(BacklogCode.UNAUTHORISED, host)
    if status == 403:
        raise BacklogError(BacklogCode.FORBIDDEN, _said(response) or host)
    if status in {404, 410}:
        raise BacklogError(BacklogCode.NOT_FOUND, urlsplit(str(response.url)).path)
    raise BacklogError(BacklogCode.REFUSED, _said(response) or f"HTTP {status}")


def _said(response: httpx2.Response) -> str:
    """What the tracker says of its refusal, in the forms that Jira, Redmine and GitHub use."""
    try:
        answer = response.json()
    except ValueError:
        return ""
    if not isinstance(answer, dict):
        return ""
    words: list[str] = []
    messages = answer.get("errorMessages")
    if isinstance(messages, list):
        words += [str(one) for one in messages]
    errors = answer.get("errors")
    if isinstance(errors, dict):
        words += [f"{name}: {text}" for name, text in errors.items()]
    elif isinstance(errors, list):
        words += [_of_github(one) if isinstance(one, dict) else str(one) for one in errors]
    if isinstance(answer.get("message"), str):
        words.insert(0, answer["message"])
    return " ".join("; ".join(words).split())[:_TOLD]


def _of_github(error: Mapping[str, Any]) -> str:
    return str(error.get("message") or " ".join(str(error[key]) for key in ("field", "code") if key in error))


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise BacklogError(BacklogCode.CA_FILE, str(ca_file)) from error


def _is_about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "certificate" in str(error).lower():
            return True
        error = error.__cause__ or error.__context__
    return False


def _rewind(files: Mapping[str, Any]) -> None:
    for _name, content, _kind in files.values():
        content.seek(0)


def _backoff(attempt: int) -> float:
    spread: float = 0.75 + random.random() / 2  # noqa: S311 - spreads load, no secret
    return _FIRST_WAIT_S * float(2 ** (attempt - 1)) * spread
