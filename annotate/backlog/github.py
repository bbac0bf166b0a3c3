"""GitHub Issues (https://docs.github.com/rest/issues). Files can't be sent: the interface has no way for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from annotate.backlog import markup
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.finding import Finding, FindingFile, blocks, cut, plain, slugged
from annotate.backlog.http import Http
from annotate.backlog.plan import Capabilities, Fields, RemoteRef, TargetConfig, TargetHealth
from annotate.backlog.settings import Kind, Setting
from annotate.backlog.tracker import RemoteIssue, Rendered

PUBLIC = "https://api.github.com"
_TITLE_MOST = 256
_BODY_MOST = 65_000
_PAGES = 20
"""Of 100 issues, the newest first, that are looked through for a mark."""

KIND = Kind(
    "github",
    "GitHub Issues",
    (
        Setting("project", "Repository", "As owner/name."),
        Setting("base_url", "Address of the interface", "Another one for GitHub Enterprise.", default=PUBLIC),
    ),
    token="Access token",  # noqa: S106 - a word
    token_help="Fine-grained, for this repository, with read and write access to issues.",  # noqa: S106
)


def headers(_config: TargetConfig, token: str) -> dict[str, str]:
    return {
        "authorization": f"Bearer {token}",
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
    }


class GitHubTracker:
    """A repository's issues. See `annotate.backlog.tracker.Tracker`."""

    names: Sequence[tuple[str, str]] = (("title", "Title"), ("body", "Description"))

    def __init__(self, config: TargetConfig, http: Http) -> None:
        # What begins with a dot could be a step up in the address.
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/(?!\.{1,2}$)[\w.-]+", config.project.strip()):
            raise BacklogError(BacklogCode.SETTING_INVALID, f"repository {config.project}")
        self._http = http
        self._repo = f"/repos/{config.project.strip()}"
        self._page_url = config.project.strip()
        # Reading the list follows writing at once; a few seconds are for its caches.
        self.capabilities = Capabilities(attachments=False, lag_s=10.0)

    def check(self) -> TargetHealth:
        me = self._http.json("GET", "/user") or {}
        repo = self._http.json("GET", self._repo) or {}
        problems = [] if repo.get("has_issues", True) else ["Issues are switched off in this repository"]
        words = [f"Signed in as {me.get('login', '?')}", f"Repository {repo.get('full_name', self._page_url)}"]
        if not (repo.get("permissions") or {}).get("push"):
            words.append("Labels are left out by GitHub, as this account may not write to the repository")
        return TargetHealth((*words, "Stills and clips cannot be sent to GitHub"), tuple(problems))

    def prepare(self) -> None:
        """Nothing has to be known ahead."""

    def render(self, finding: Finding) -> Rendered:
        parts = blocks(finding)
        body = markup.markdown(parts)
        title = finding.heading(_TITLE_MOST)
        shortened = ["Title"] if title.endswith("…") and not finding.title.endswith("…") else []
        if len(body) > _BODY_MOST:
            shortened.append("Description")
            body = f"{cut(body, _BODY_MOST)}\n\n{finding.mark}"
        labels = [slug for tag in finding.tags if (slug := slugged(tag))[:50]]
        if finding.severity is not None:
            labels.append(f"severity-{int(finding.severity)}")
        fields: Fields = {"title": title, "body": body, "labels": [label[:50] for label in dict.fromkeys(labels)]}
        return Rendered(fields, {"title": title, "body": body}, plain(parts), tuple(shortened))

    def find(self, findings: Sequence[Finding]) -> dict[str, list[RemoteRef]]:
        marks = {one.mark: one.issue_id for one in findings}
        found: dict[str, list[RemoteRef]] = {}
        for page in range(1, _PAGES + 1):
            params = {"state": "all", "sort": "created", "direction": "desc", "per_page": 100, "page": page}
            rows = self._http.json("GET", f"{self._repo}/issues", params=params) or []
            for row in rows:
                if "pull_request" in row:
                    continue
                body = str(row.get("body") or "")
                for mark, issue_id in marks.items():
                    if mark in body:
                        found.setdefault(issue_id, []).append(self._ref(row))
            if len(rows) < 100:
                break
        return found

    def read(self, ref: RemoteRef) -> RemoteIssue | None:
        row = self._http.json("GET", f"{self._repo}/issues/{ref.id}", missing=True)
        if row is None:
            return None
        status = str(row.get("state") or "")
        if row.get("state_reason"):
            status = f"{status} ({str(row['state_reason']).replace('_', ' ')})"
        labels = [one.get("name") if isinstance(one, dict) else one for one in row.get("labels") or ()]
        texts = {"title": str(row.get("title") or ""), "body": str(row.get("body") or "")}
        return RemoteIssue(self._ref(row), texts, status, tuple(str(one) for one in labels))

    def create(self, fields: Fields) -> RemoteRef:
        row = self._http.json("POST", f"{self._repo}/issues", json=fields)
        if not isinstance(row, dict) or "number" not in row:
            raise BacklogError(BacklogCode.OUTCOME_UNKNOWN, self._page_url)
        return self._ref(row)

    def update(self, ref: RemoteRef, fields: Fields, labels: Sequence[str]) -> None:
        if fields:
            self._http.request("PATCH", f"{self._repo}/issues/{ref.id}", json=fields)
        if labels:
            # Adds; those that are there stay.
            self._http.request(
                "POST", f"{self._repo}/issues/{ref.id}/labels", json={"labels": list(labels)}, repeat=True
            )

    def labels_of(self, fields: Fields) -> Sequence[str]:
        return [str(one) for one in fields.get("labels") or ()]

    def file_limit(self) -> int:
        return 0

    def files(self, ref: RemoteRef) -> dict[str, str]:
        del ref
        return {}

    def attach(self, ref: RemoteRef, file: FindingFile) -> str:
        raise BacklogError(BacklogCode.REFUSED, f"{ref.key}: {file.name}")

    def _ref(self, row: Mapping[str, Any]) -> RemoteRef:
        number = str(row["number"])
        return RemoteRef(number, f"#{number}", str(row.get("html_url") or ""))
