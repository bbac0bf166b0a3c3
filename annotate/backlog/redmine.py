"""Redmine over its REST interface (https://www.redmine.org/projects/redmine/wiki/Rest_api), versions 4 to 6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from annotate.backlog import markup, settings
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.finding import Finding, FindingFile, blocks, cut, plain
from annotate.backlog.http import Http
from annotate.backlog.plan import Capabilities, Fields, RemoteRef, TargetConfig, TargetHealth
from annotate.backlog.settings import Kind, Setting
from annotate.backlog.tracker import RemoteIssue, Rendered

SUBJECT_MOST = 255
_TEXT_MOST = 60_000
_FILE_LIMIT = 5 * 1024 * 1024
"""Redmine's default ("Maximum attachment size" 5120 KB); its interface doesn't tell the one in force."""

KIND = Kind(
    "redmine",
    "Redmine",
    (
        Setting("base_url", "Address", "With the path under which Redmine runs."),
        Setting("project", "Project", "Its identifier, as in the address of the project."),
        Setting("tracker", "Tracker", "Such as Bug.", default="Bug"),
        Setting(
            "markup",
            "Text formatting",
            "As the administrator has set it.",
            default="textile",
            options=("textile", "markdown"),
        ),
        Setting(
            "custom_field", "Custom field for the mark", "Its number; else the description holds it.", required=False
        ),
        Setting(
            "priorities",
            "Priorities",
            'Severity to priority, as JSON: {"4": "Urgent"}. Else by their order.',
            required=False,
        ),
        Setting("constants", "Fixed values", 'As JSON, such as {"category_id": 3}.', required=False),
        Setting("file_mb", "Largest file in MB", "As the administrator has set it.", required=False, default="5"),
    ),
    token="API access key",  # noqa: S106 - a word
    token_help="On your account's page in Redmine.",  # noqa: S106
)


def headers(_config: TargetConfig, token: str) -> dict[str, str]:
    return {"x-redmine-api-key": token}


class RedmineTracker:
    """A project in Redmine. See `annotate.backlog.tracker.Tracker`."""

    names: Sequence[tuple[str, str]] = (
        ("subject", "Title"),
        ("description", "Description"),
        ("priority_id", "Priority"),
    )

    def __init__(self, config: TargetConfig, http: Http) -> None:
        self._http = http
        self._project = config.project.strip()
        self._tracker_name = settings.text(config.mapping, "tracker", "Bug")
        self._textile = settings.text(config.mapping, "markup", "textile") == "textile"
        self._field = settings.text(config.mapping, "custom_field")
        if self._field and not self._field.isdigit():
            raise BacklogError(BacklogCode.SETTING_INVALID, f"custom_field {self._field}")
        self._constants = settings.constants(config.mapping)
        self._priority_names = settings.priorities(config.mapping)
        self._limit = _megabytes(settings.text(config.mapping, "file_mb", "5"))
        self._project_id = 0
        self._tracker_id = 0
        self._priorities: list[Mapping[str, Any]] = []
        self.capabilities = Capabilities(attachments=True, lag_s=0.0)

    def check(self) -> TargetHealth:
        me = (self._http.json("GET", "/users/current.json") or {}).get("user") or {}
        name = " ".join(str(me.get(part) or "") for part in ("firstname", "lastname")).strip() or me.get("login")
        self.prepare()
        words = (f"Signed in as {name}", f"Project {self._project}, tracker {self._tracker_name}")
        return TargetHealth((*words, f"Files up to {self._limit // 1_000_000} MB"))

    def prepare(self) -> None:
        path = f"/projects/{quote(self._project)}.json"
        project = (self._http.json("GET", path, params={"include": "trackers"}) or {}).get("project") or {}
        if "id" not in project:
            raise BacklogError(BacklogCode.SETTING_INVALID, f"project {self._project}")
        self._project_id = int(project["id"])
        trackers = [one for one in project.get("trackers") or () if isinstance(one, dict)]
        match = [one for one in trackers if str(one.get("name", "")).casefold() == self._tracker_name.casefold()]
        if not match:
            there = ", ".join(str(one.get("name")) for one in trackers)
            raise BacklogError(BacklogCode.SETTING_INVALID, f"tracker {self._tracker_name} (there are: {there})")
        self._tracker_id = int(match[0]["id"])
        answer = self._http.json("GET", "/enumerations/issue_priorities.json") or {}
        rows = [one for one in answer.get("issue_priorities") or () if isinstance(one, dict)]
        # Redmine lists them from the lowest to the highest.
        self._priorities = [one for one in reversed(rows) if one.get("active", True)]

    def render(self, finding: Finding) -> Rendered:
        parts = blocks(finding)
        told = markup.textile(parts) if self._textile else markup.markdown(parts)
        shortened = ["Description"] if len(told) > _TEXT_MOST else []
        if shortened:
            told = f"{cut(told, _TEXT_MOST)}\n\n{finding.mark}"
        subject = finding.heading(SUBJECT_MOST)
        if subject.endswith("…") and not finding.title.endswith("…"):
            shortened.append("Title")
        fields: Fields = {
            "project_id": self._project_id,
            "tracker_id": self._tracker_id,
            "subject": subject,
            "description": told,
            **self._constants,
        }
        texts = {"subject": subject, "description": told}
        priority = self._priority(finding)
        if priority is not None:
            fields["priority_id"] = int(priority["id"])
            texts["priority_id"] = str(priority.get("name") or "")
        if self._field:
            fields["custom_fields"] = [{"id": int(self._field), "value": finding.mark}]
        return Rendered(fields, texts, plain(parts), tuple(shortened))

    def _priority(self, finding: Finding) -> Mapping[str, Any] | None:
        if finding.severity is None or not self._priorities:
            return None
        name = self._priority_names.get(int(finding.severity))
        if name is None:
            return self._priorities[settings.place_in(int(finding.severity), len(self._priorities))]
        for one in self._priorities:
            if str(one.get("name", "")).casefold() == name.casefold():
                return one
        raise BacklogError(BacklogCode.SETTING_INVALID, f"priority {name}")

    def find(self, findings: Sequence[Finding]) -> dict[str, list[RemoteRef]]:
        found: dict[str, list[RemoteRef]] = {}
        for one in findings:
            refs = self._by_field(one.mark) if self._field else self._by_text(one.mark)
            if refs:
                found[one.issue_id] = refs
        return found

    def _by_field(self, mark: str) -> list[RemoteRef]:
        params = {"project_id": self._project, "status_id": "*", f"cf_{self._field}": mark}
        answer = self._http.json("GET", "/issues.json", params=params) or {}
        return [self._ref(str(one["id"])) for one in answer.get("issues") or () if isinstance(one, dict)]

    def _by_text(self, mark: str) -> list[RemoteRef]:
        params = {"q": mark, "issues": 1, "scope": "all", "all_words": 1, "limit": 25}
        answer = self._http.json("GET", "/search.json", params=params) or {}
        refs = []
        for hit in answer.get("results") or ():
            if isinstance(hit, dict) and str(hit.get("type", "")).startswith("issue"):
                issue = self._issue(str(hit["id"]))
                # A comment that quotes the mark, or another project's copy, is not the issue.
                if (
                    issue
                    and issue.get("project", {}).get("id") == self._project_id
                    and mark in str(issue.get("description"))
                ):
                    refs.append(self._ref(str(hit["id"])))
        return refs

    def _issue(self, issue_id: str, include: str = "") -> Mapping[str, Any] | None:
        params = {"include": include} if include else None
        answer = self._http.json("GET", f"/issues/{quote(issue_id)}.json", params=params, missing=True)
        issue = (answer or {}).get("issue")
        return issue if isinstance(issue, dict) else None

    def read(self, ref: RemoteRef) -> RemoteIssue | None:
        issue = self._issue(ref.id)
        if issue is None:
            return None
        return RemoteIssue(
            ref,
            {
                "subject": str(issue.get("subject") or ""),
                "description": str(issue.get("description") or ""),
                "priority_id": str((issue.get("priority") or {}).get("name") or ""),
            },
            str((issue.get("status") or {}).get("name") or ""),
        )

    def create(self, fields: Fields) -> RemoteRef:
        answer = self._http.json("POST", "/issues.json", json={"issue": fields})
        issue = (answer or {}).get("issue") or {}
        if "id" not in issue:
            raise BacklogError(BacklogCode.OUTCOME_UNKNOWN, self._project)
        return self._ref(str(issue["id"]))

    def update(self, ref: RemoteRef, fields: Fields, labels: Sequence[str]) -> None:
        del labels  # Redmine has none
        self._http.request("PUT", f"/issues/{quote(ref.id)}.json", json={"issue": fields})

    def labels_of(self, fields: Fields) -> Sequence[str]:
        del fields
        return ()

    def file_limit(self) -> int:
        return self._limit

    def files(self, ref: RemoteRef) -> dict[str, str]:
        issue = self._issue(ref.id, "attachments") or {}
        there = issue.get("attachments") or ()
        return {str(one.get("filename")): str(one.get("id")) for one in there if isinstance(one, dict)}

    def attach(self, ref: RemoteRef, file: FindingFile) -> str:
        # An upload alone shows nowhere; only the second request makes it a file of the issue.
        answer = self._http.json(
            "POST",
            "/uploads.json",
            params={"filename": file.name},
            content=file.path.read_bytes(),
            headers={"content-type": "application/octet-stream"},
            repeat=True,
        )
        token = ((answer or {}).get("upload") or {}).get("token")
        if not token:
            raise BacklogError(BacklogCode.REFUSED, file.name)
        upload = {"token": token, "filename": file.name, "content_type": file.media_type}
        # Sent twice the token is spent, so a lost answer has to be looked into.
        self._http.request("PUT", f"/issues/{quote(ref.id)}.json", json={"issue": {"uploads": [upload]}}, repeat=False)
        return str(token)

    def _ref(self, issue_id: str) -> RemoteRef:
        return RemoteRef(issue_id, f"#{issue_id}", f"{self._http.base_url}/issues/{issue_id}")


def _megabytes(text: str) -> int:
    try:
        return int(float(text) * 1024 * 1024)
    except ValueError:
        raise BacklogError(BacklogCode.SETTING_INVALID, f"file_mb {text}") from None
