"""A Jira of our own making, over real sockets: it keeps issues, checks each request, and fails as it is told to.

It stands in for a site that can't be had here; `tests/integration/backlog/test_redmine.py` speaks to a real tracker.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.helpers.contract import Sent, violation

PRIORITIES = [{"id": str(n), "name": name} for n, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), 1)]


def _field(key: str, name: str, required: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "fieldId": key,
        "key": key,
        "name": name,
        "required": required,
        "hasDefaultValue": False,
        "operations": ["set"],
        "schema": {"type": "string"},
        **more,
    }


@dataclass
class Jira:
    """The site: its issues, and what goes wrong. `faults`: asked before each request; True means "dealt with"."""

    dialect: str = "cloud"
    token: str = "sesame"
    fields: list[dict[str, Any]] = field(default_factory=list)
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    fault: Callable[[str, str, int], str | tuple[int, dict[str, str]]] = lambda _m, _p, _n: ""
    made: Callable[[int], None] = lambda _count: None
    """Called once an issue is made and before the answer goes out, with how many there are."""
    upload_limit: int = 1_000_000
    url: str = ""

    def __post_init__(self) -> None:
        self.fields = self.fields or [
            _field("summary", "Summary", True),
            _field("issuetype", "Issue Type", True),
            _field("project", "Project", True),
            _field("description", "Description"),
            _field("labels", "Labels", schema={"type": "array", "items": "string"}),
            _field("priority", "Priority", allowedValues=PRIORITIES),
        ]

    @property
    def api(self) -> str:
        return "/rest/api/3" if self.dialect == "cloud" else "/rest/api/2"

    def count(self, method: str, path: str) -> int:
        return sum(m == method and p.startswith(path) for m, p, _, _ in self.requests)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    jira: Jira

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def _serve(self, method: str) -> None:
        jira = self.jira
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = urlsplit(self.path).path
        jira.requests.append((method, path, headers, body))
        sent = Sent(method, "http://jira.test" + self.path, headers, body)
        problem = violation(jira.dialect, sent)
        if problem:
            jira.violations.append(problem)
        fault = jira.fault(method, path, jira.count(method, path))
        if isinstance(fault, tuple):
            self._answer(fault[0], {"errorMessages": ["not now"]}, fault[1])
            return
        if fault == "hang up":
            self.close_connection = True
            return
        if "authorization" not in headers:
            self._answer(401, {"errorMessages": ["no"]})
            return
        status, answer = self._do(method, path, headers, body)
        if fault == "take it and hang up":
            self.close_connection = True
            return
        self._answer(status, answer)

    def _answer(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _do(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        jira = self.jira
        rest = path.removeprefix(jira.api)
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if match := re.fullmatch(r"/issue/createmeta/(\w+)/issuetypes(/\w+)?", rest):
            return self._meta(match[1], bool(match[2]), int(query.get("startAt", 0)))
        if match := re.fullmatch(r"/issue/(\d+)(/attachments)?", rest):
            issue = jira.issues.get(match[1])
            if issue is None:
                return 404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}
            return self._attach(match[1], headers, body) if match[2] else self._one(method, issue, body)
        match rest:
            case "/myself":
                return 200, {"displayName": "Ada"}
            case "/mypermissions":
                wanted = query["permissions"].split(",")
                return 200, {"permissions": {name: {"havePermission": True} for name in wanted}}
            case "/attachment/meta":
                return 200, {"enabled": True, "uploadLimit": jira.upload_limit}
            case "/search/jql" | "/search":
                jql = json.loads(body)["jql"]
                marks = re.findall(r'"(ux-[^"\\]+)', jql)
                found = [one for one in jira.issues.values() if set(marks) & set(one["fields"].get("labels", ()))]
                if "description ~" in jql:
                    # Alike is enough for a text search: it gives every issue that has a mark at all.
                    found = [one for one in jira.issues.values() if "ux-" in json.dumps(one["fields"]["description"])]
                end = {"isLast": True} if rest == "/search/jql" else {"total": len(found)}
                return 200, {"issues": found, **end}
            case "/issue":
                return self._create(json.loads(body)["fields"])
            case _:
                return 404, {"errorMessages": [path]}

    def _one(self, method: str, issue: dict[str, Any], body: bytes) -> tuple[int, Any]:
        if method == "PUT":
            return self._edit(issue, json.loads(body))
        return 200, {**issue, "fields": dict(issue["fields"], attachment=self.jira.files.get(issue["id"], []))}

    def _meta(self, project: str, of_type: bool, start: int) -> tuple[int, Any]:
        if project != "UX":
            return 404, {"errorMessages": ["No project could be found with that key."]}
        rows: list[Any] = self.jira.fields if of_type else [{"id": "1", "name": "Bug"}, {"id": "2", "name": "Task"}]
        page = rows[start : start + 4]  # small pages, so that paging is needed
        name = ("fields" if of_type else "issueTypes") if self.jira.dialect == "cloud" else "values"
        return 200, {name: page, "startAt": start, "maxResults": 4, "total": len(rows)}

    def _create(self, fields: dict[str, Any]) -> tuple[int, Any]:
        jira = self.jira
        if "refuse me" in str(fields.get("summary")):
            return 400, {"errorMessages": [], "errors": {"summary": "not this one"}}
        missing = {
            f["key"]: f"{f['name']} is required." for f in jira.fields if f["required"] and f["key"] not in fields
        }
        if missing:
            return 400, {"errorMessages": [], "errors": missing}
        number = str(10_000 + len(jira.issues))
        kept = dict(fields, status={"name": "To Do"})
        if "priority" in kept:
            kept["priority"] = next(p for p in PRIORITIES if p["id"] == kept["priority"]["id"])
        jira.issues[number] = {"id": number, "key": f"UX-{len(jira.issues) + 1}", "fields": kept}
        jira.made(len(jira.issues))
        return 201, {"id": number, "key": jira.issues[number]["key"], "self": f"{jira.url}/x"}

    def _edit(self, issue: dict[str, Any], change: dict[str, Any]) -> tuple[int, Any]:
        fields = dict(change.get("fields") or {})
        if "priority" in fields:
            fields["priority"] = next(p for p in PRIORITIES if p["id"] == fields["priority"]["id"])
        issue["fields"].update(fields)
        for one in (change.get("update") or {}).get("labels") or ():
            issue["fields"]["labels"] = [*issue["fields"].get("labels", ()), one["add"]]
        return 204, None

    def _attach(self, number: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        if headers.get("x-atlassian-token") != "no-check":
            return 403, {"errorMessages": ["XSRF check failed"]}
        message = message_from_bytes(b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + body)
        rows = []
        for part in message.get_payload():
            assert not isinstance(part, str)
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            row = {
                "id": str(len(self.jira.files.get(number, ())) + 1),
                "filename": part.get_filename(),
                "size": len(content),
            }
            self.jira.files.setdefault(number, []).append(row)
            rows.append(row)
        return 200, rows


class Server:
    """Runs a `Jira` in a thread for a `with` block."""

    def __init__(self, jira: Jira) -> None:
        self.jira = jira

    def __enter__(self) -> Jira:
        handler = type("Handler", (_Handler,), {"jira": self.jira})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = False
        self.jira.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="jira")
        self._thread.start()
        return self.jira

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
