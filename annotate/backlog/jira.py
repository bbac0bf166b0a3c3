"""Jira Cloud (REST v3) and Data Center (REST v2): one adapter, two dialects.

Sources: Atlassian's own descriptions of both interfaces ("The Jira Cloud platform REST API", version 3; "Jira Data
Center REST API", 10.3).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from annotate.backlog import markup, settings
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.finding import Finding, FindingFile, blocks, cut, plain
from annotate.backlog.http import Http
from annotate.backlog.plan import Blocked, Capabilities, Fields, RemoteRef, TargetConfig, TargetHealth
from annotate.backlog.settings import Kind, Setting
from annotate.backlog.tracker import RemoteIssue, Rendered

SUMMARY_MOST = 254
"""«Summary must be less than 255 characters.»"""
TEXT_MOST = 32_767
_PAGE = 50
_FIND_AT_ONCE = 40
_GATEWAY = "https://api.atlassian.com/ex/jira/"
_OURS = {"project", "issuetype", "summary", "description", "labels", "priority", "reporter"}

_PROJECT = Setting("project", "Project key", "Such as UX; it stands before the number of every issue.")
_TYPE = Setting("issue_type", "Issue type", "As it is called in the project.", default="Bug")
_CONSTANTS = Setting(
    "constants", "Fixed values", 'Fields that the project requires, as JSON: {"Team": "Checkout"}.', required=False
)
_PRIORITIES = Setting(
    "priorities", "Priorities", 'Severity to priority, as JSON: {"4": "Highest"}. Else by their order.', required=False
)
CLOUD = Kind(
    "jira",
    "Jira Cloud",
    (
        Setting("base_url", "Address", "Such as https://example.atlassian.net."),
        Setting("account", "E-mail address", "Of the account that the API token belongs to."),
        _PROJECT,
        _TYPE,
        _PRIORITIES,
        _CONSTANTS,
    ),
    token="API token",  # noqa: S106 - a word
    token_help="Made in your Atlassian account, under Security.",  # noqa: S106
)
SERVER = Kind(
    "jira-dc",
    "Jira Data Center",
    (
        Setting(
            "base_url", "Address", "With the path under which Jira runs, such as https://tracker.example.org/jira."
        ),
        _PROJECT,
        _TYPE,
        _PRIORITIES,
        _CONSTANTS,
    ),
    token="Personal access token",  # noqa: S106
    token_help="Made in your Jira profile.",  # noqa: S106
)


def headers(config: TargetConfig, token: str) -> dict[str, str]:
    """What says who asks: Basic with e-mail and API token for Cloud, Bearer for Data Center."""
    if config.kind == CLOUD.name:
        pair = base64.b64encode(f"{config.account}:{token}".encode()).decode()
        return {"authorization": f"Basic {pair}"}
    return {"authorization": f"Bearer {token}"}


def project_key(text: str) -> str:
    """A project's key as it may stand in a query.

    Raises:
        BacklogError: SETTING_INVALID.
    """
    key = text.strip()
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,254}", key):
        raise BacklogError(BacklogCode.SETTING_INVALID, f"project key {key}")
    return key


class JiraTracker:
    """A project in Jira. See `annotate.backlog.tracker.Tracker`."""

    names: Sequence[tuple[str, str]] = (("summary", "Title"), ("description", "Description"), ("priority", "Priority"))

    def __init__(self, config: TargetConfig, http: Http) -> None:
        self._http = http
        self._cloud = config.kind == CLOUD.name
        self._api = "/rest/api/3" if self._cloud else "/rest/api/2"
        self._project = project_key(config.project)
        self._site = self._http.base_url
        self._type_name = settings.text(config.mapping, "issue_type", "Bug")
        self._constants = settings.constants(config.mapping)
        self._priority_names = settings.priorities(config.mapping)
        self._type_id = ""
        self._fields: dict[str, Mapping[str, Any]] = {}
        # «eventually consistent, seconds to minutes» for Cloud; Data Center's index follows within the request.
        self.capabilities = Capabilities(attachments=True, lag_s=180.0 if self._cloud else 5.0)

    # -- reading --------------------------------------------------------------------------------------------------

    def check(self) -> TargetHealth:
        me = self._http.json("GET", f"{self._api}/myself") or {}
        words = [f"Signed in as {me.get('displayName') or me.get('name') or me.get('accountId') or '?'}"]
        problems: list[str] = []
        wanted = {
            "CREATE_ISSUES": "create issues",
            "EDIT_ISSUES": "edit issues",
            "CREATE_ATTACHMENTS": "attach files",
        }
        found = self._http.json(
            "GET",
            f"{self._api}/mypermissions",
            params={"projectKey": self._project, "permissions": ",".join(wanted)},
        )
        rights = (found or {}).get("permissions") or {}
        for name, word in wanted.items():
            if not (rights.get(name) or {}).get("havePermission"):
                problems.append(f"This account may not {word} in {self._project}")
        try:
            self.prepare()
        except BacklogError as error:
            problems.append(error.detail)
        else:
            words.append(f"Project {self._project}, issue type {self._type_name}")
            needed = self._needed()
            if needed:
                problems.append("The project requires: " + ", ".join(needed))
        limit = self.file_limit()
        words.append(f"Files up to {limit // 1_000_000} MB" if limit else "Files cannot be attached")
        return TargetHealth(tuple(words), tuple(problems))

    def prepare(self) -> None:
        if self._http.base_url.startswith(_GATEWAY):
            # A token with scopes speaks through Atlassian's gateway; people open the site itself.
            self._site = str((self._http.json("GET", f"{self._api}/serverInfo") or {}).get("baseUrl") or self._site)
        types = self._pages(f"{self._api}/issue/createmeta/{quote(self._project)}/issuetypes", "issueTypes")
        match = [one for one in types if str(one.get("name", "")).casefold() == self._type_name.casefold()]
        match = match or [one for one in types if str(one.get("id")) == self._type_name]
        if not match:
            there = ", ".join(str(one.get("name")) for one in types)
            raise BacklogError(BacklogCode.SETTING_INVALID, f"issue type {self._type_name} (there are: {there})")
        self._type_id = str(match[0]["id"])
        path = f"{self._api}/issue/createmeta/{quote(self._project)}/issuetypes/{quote(self._type_id)}"
        self._fields = {str(one.get("fieldId") or one.get("key")): one for one in self._pages(path, "fields")}

    def _pages(self, path: str, name: str) -> list[Mapping[str, Any]]:
        """All pages; Cloud calls the rows by `name`, older Data Centers `values`."""
        rows: list[Mapping[str, Any]] = []
        while True:
            page = self._http.json("GET", path, params={"startAt": len(rows), "maxResults": _PAGE}) or {}
            some = page.get(name) or page.get("values") or []
            rows += [one for one in some if isinstance(one, dict)]
            if not some or page.get("isLast") is True or len(rows) >= int(page.get("total") or 0):
                return rows

    def find(self, findings: Sequence[Finding]) -> dict[str, list[RemoteRef]]:
        found: dict[str, list[RemoteRef]] = {}
        if self._fields and "labels" not in self._fields:
            # The create screen has no labels; the mark is in the description's last line.
            for one in findings:
                jql = f'project = "{self._project}" AND description ~ "\\"{one.mark}\\""'
                # A text search finds what is alike as well.
                same = [issue for issue in self._search(jql, "description") if one.mark in self._description(issue)]
                if same:
                    found[one.issue_id] = [self._ref(issue) for issue in same]
            return found
        by_mark = {one.mark: one.issue_id for one in findings}
        for start in range(0, len(findings), _FIND_AT_ONCE):
            marks = [one.mark for one in findings[start : start + _FIND_AT_ONCE]]
            wanted = ", ".join(f'"{mark}"' for mark in marks)
            jql = f'project = "{self._project}" AND labels in ({wanted})'
            for issue in self._search(jql, "labels"):
                for label in (issue.get("fields") or {}).get("labels") or ():
                    if label in by_mark:
                        found.setdefault(by_mark[label], []).append(self._ref(issue))
        return found

    def _search(self, jql: str, name: str) -> list[Mapping[str, Any]]:
        """All issues that fit, with the field `name`."""
        rows: list[Mapping[str, Any]] = []
        body: dict[str, Any] = {"jql": jql, "fields": [name], "maxResults": 100}
        while True:
            if self._cloud:
                page = self._http.json("POST", f"{self._api}/search/jql", json=body, repeat=True) or {}
            else:
                body["startAt"] = len(rows)
                page = self._http.json("POST", f"{self._api}/search", json=body, repeat=True) or {}
            some = page.get("issues") or []
            rows += some
            if self._cloud:
                token = page.get("nextPageToken")
                if not token or page.get("isLast") is True:
                    return rows
                body["nextPageToken"] = token
            elif not some or len(rows) >= int(page.get("total") or 0):
                return rows

    def read(self, ref: RemoteRef) -> RemoteIssue | None:
        names = "summary,description,priority,labels,status"
        issue = self._http.json("GET", f"{self._api}/issue/{quote(ref.id)}", params={"fields": names}, missing=True)
        if issue is None:
            return None
        fields = issue.get("fields") or {}
        return RemoteIssue(
            self._ref(issue),
            {
                "summary": str(fields.get("summary") or ""),
                "description": self._description(issue),
                "priority": str((fields.get("priority") or {}).get("name") or ""),
            },
            str((fields.get("status") or {}).get("name") or ""),
            tuple(str(label) for label in fields.get("labels") or ()),
        )

    def _description(self, issue: Mapping[str, Any]) -> str:
        description = (issue.get("fields") or {}).get("description")
        return markup.adf_text(description) if self._cloud else str(description or "")

    # -- rendering ------------------------------------------------------------------------------------------------

    def render(self, finding: Finding) -> Rendered:
        parts = blocks(finding)
        text = plain(parts)
        shortened: list[str] = []
        summary = finding.heading(SUMMARY_MOST)
        if summary.endswith("…") and not finding.title.endswith("…"):
            shortened.append("Title")
        description: Any
        if self._cloud:
            description = markup.adf(parts)
            if len(text) > TEXT_MOST:
                shortened.append("Description")
                description = markup.adf([*_fitting(parts, TEXT_MOST)])
            told = markup.adf_text(description)
        else:
            told = description = markup.wiki(parts)
            if len(told) > TEXT_MOST:
                shortened.append("Description")
                told = description = cut(told, TEXT_MOST)
        fields: Fields = {
            "project": {"key": self._project},
            "issuetype": {"id": self._type_id},
            "summary": summary,
            "description": description,
        }
        texts = {"summary": summary, "description": told}
        if not self._fields or "labels" in self._fields:
            fields["labels"] = list(finding.labels())
        priority = self._priority(finding)
        if priority is not None:
            fields["priority"] = {"id": str(priority["id"])}
            texts["priority"] = str(priority.get("name") or "")
        for name, value in self._constants.items():
            found = self._field(name)
            if found is None:
                return Rendered(fields, texts, text, blocked=Blocked.FIELD_NEEDED, detail=name)
            fields[str(found.get("fieldId") or found.get("key"))] = _constant(value, found)
        needed = self._needed(set(fields))
        if needed:
            return Rendered(fields, texts, text, blocked=Blocked.FIELD_NEEDED, detail=", ".join(needed))
        return Rendered(fields, texts, text, tuple(shortened))

    def _field(self, name: str) -> Mapping[str, Any] | None:
        for key, one in self._fields.items():
            if name == key or str(one.get("name", "")).casefold() == name.casefold():
                return one
        return None

    def _needed(self, given: set[str] | None = None) -> list[str]:
        """Required fields that nothing fills, by name."""
        filled = _OURS | (given or set())
        for name in self._constants:
            found = self._field(name)
            if found is not None:
                filled |= {str(found.get("fieldId") or found.get("key"))}
        return [
            str(one.get("name") or key)
            for key, one in self._fields.items()
            if one.get("required") and not one.get("hasDefaultValue") and key not in filled
        ]

    def _priority(self, finding: Finding) -> Mapping[str, Any] | None:
        allowed = [
            one for one in (self._fields.get("priority") or {}).get("allowedValues") or () if isinstance(one, dict)
        ]
        if finding.severity is None or not allowed:
            return None
        name = self._priority_names.get(int(finding.severity))
        if name is not None:
            for one in allowed:
                if str(one.get("name", "")).casefold() == name.casefold() or str(one.get("id")) == name:
                    return one
            raise BacklogError(BacklogCode.SETTING_INVALID, f"priority {name}")
        return allowed[settings.place_in(int(finding.severity), len(allowed))]

    # -- writing --------------------------------------------------------------------------------------------------

    def create(self, fields: Fields) -> RemoteRef:
        answer = self._http.json("POST", f"{self._api}/issue", json={"fields": fields})
        if not isinstance(answer, dict) or "key" not in answer:
            raise BacklogError(BacklogCode.OUTCOME_UNKNOWN, self._project)
        return self._ref(answer)

    def update(self, ref: RemoteRef, fields: Fields, labels: Sequence[str]) -> None:
        body: dict[str, Any] = {}
        if fields:
            body["fields"] = fields
        if labels:
            body["update"] = {"labels": [{"add": label} for label in labels]}
        self._http.request("PUT", f"{self._api}/issue/{quote(ref.id)}", json=body)

    def labels_of(self, fields: Fields) -> Sequence[str]:
        return [str(one) for one in fields.get("labels") or ()]

    def file_limit(self) -> int:
        meta = self._http.json("GET", f"{self._api}/attachment/meta") or {}
        return int(meta.get("uploadLimit") or 0) if meta.get("enabled") else 0

    def files(self, ref: RemoteRef) -> dict[str, str]:
        issue = self._http.json("GET", f"{self._api}/issue/{quote(ref.id)}", params={"fields": "attachment"}) or {}
        there = (issue.get("fields") or {}).get("attachment") or ()
        return {str(one.get("filename")): str(one.get("id")) for one in there if isinstance(one, dict)}

    def attach(self, ref: RemoteRef, file: FindingFile) -> str:
        with file.path.open("rb") as content:
            answer = self._http.json(
                "POST",
                f"{self._api}/issue/{quote(ref.id)}/attachments",
                files={"file": (file.name, content, file.media_type)},
                headers={"x-atlassian-token": "no-check"},
            )
        rows = answer if isinstance(answer, list) else []
        return str(rows[0].get("id")) if rows and isinstance(rows[0], dict) else ""

    def _ref(self, issue: Mapping[str, Any]) -> RemoteRef:
        key = str(issue.get("key") or issue.get("id") or "")
        return RemoteRef(str(issue.get("id") or key), key, f"{self._site.rstrip('/')}/browse/{key}")


def _constant(value: Any, found: Mapping[str, Any]) -> Any:
    """A plain value in the form that the field's type takes; anything but text is sent as it was given."""
    if not isinstance(value, str):
        return value
    schema = found.get("schema") or {}
    kind, items = schema.get("type"), schema.get("items")
    if kind == "array":
        values = [part.strip() for part in value.split(",") if part.strip()]
        return values if items == "string" else [_named(one, str(items), found) for one in values]
    if kind == "number":
        try:
            return float(value)
        except ValueError:
            raise BacklogError(BacklogCode.SETTING_INVALID, f"{found.get('name')}: {value}") from None
    if kind in {"string", "date", "datetime", "any", None}:
        return value
    return _named(value, str(kind), found)


def _named(value: str, kind: str, found: Mapping[str, Any]) -> Any:
    for one in found.get("allowedValues") or ():
        if isinstance(one, dict) and value.casefold() in {
            str(one.get("name", "")).casefold(),
            str(one.get("value", "")).casefold(),
            str(one.get("id", "")).casefold(),
        }:
            return {"id": str(one["id"])}
    return {"value": value} if kind == "option" else {"name": value}


def _fitting(parts: Sequence[Any], most: int) -> list[Any]:
    """The blocks that fit; the last one, which says where the issue comes from, always stays."""
    from annotate.backlog.finding import Block

    tail = parts[-1]
    told = Block("text", ("… (cut: the rest is in the study)",))
    room = most - len(plain([told, tail])) - 100
    kept: list[Any] = []
    for part in parts[:-1]:
        if len(plain([*kept, part])) > room:
            left = room - len(plain(kept))
            if left > 200 and part.kind == "text":
                kept.append(Block("text", ("\n".join(part.lines)[:left],)))
            break
        kept.append(part)
    return [*kept, told, tail]
