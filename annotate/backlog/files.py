"""Targets that are files for a tracker's own importer: Jira, GitLab, Azure DevOps, Linear.

Sources: Atlassian, "Create issues using the CSV importer" (250 issues a file without administration rights, a column
that is repeated for several values of one field); GitLab, "Importing issues from CSV" (title, description; labels as
quick actions); Microsoft, "Import work items from CSV" (Work Item Type, Title; 1,000 items a file); Linear's importer
(its headings, and that it takes a leading apostrophe away).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotate.backlog import markup, settings
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.finding import Finding, blocks, cleaned, plain, slugged
from annotate.backlog.links import LinkState, LinkStore
from annotate.backlog.plan import (
    Action,
    Blocked,
    Capabilities,
    ExportPlan,
    ItemResult,
    Outcome,
    PlanItem,
    RemoteRef,
    TargetConfig,
    TargetHealth,
)
from annotate.backlog.settings import Kind, Setting
from annotate.backlog.tracker import content_hash
from annotate.export.cells import safe_cell
from annotate.export.files import write_export
from transcribe.cancel import CancelToken

_PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
_LINEAR = ("Urgent", "High", "Medium", "Low", "No priority")
_PRIORITY_SETTING = Setting(
    "priorities", "Priorities", 'Severity to priority, as JSON: {"4": "Highest"}.', required=False
)

Row = list[tuple[str, str]]
"""Headings with their cells; a heading may come several times."""


@dataclass(frozen=True, slots=True)
class Importer:
    """How one tracker's importer wants its rows. `repeated`: a heading that is given once for each value."""

    kind: Kind
    most: int
    row: Callable[[Finding, TargetConfig], Row]
    repeated: str = ""


def _jira_row(finding: Finding, config: TargetConfig) -> Row:
    names = settings.priorities(config.mapping)
    severity = finding.severity
    priority = ""
    if severity is not None:
        priority = names.get(int(severity), _PRIORITIES[settings.place_in(int(severity), len(_PRIORITIES))])
    labels = [("Labels", label) for label in finding.labels()]
    return [
        ("Summary", finding.heading(254)),
        ("Issue Type", settings.text(config.mapping, "issue_type", "Bug")),
        ("Priority", priority),
        ("Description", markup.wiki(blocks(finding))),
        *labels,
    ]


def _gitlab_row(finding: Finding, config: TargetConfig) -> Row:
    del config
    body = markup.markdown(blocks(finding))
    labels = [slug for tag in finding.tags if (slug := slugged(tag))]
    if finding.severity is not None:
        labels.append(f"severity-{int(finding.severity)}")
    actions = "".join(f"\n/label ~{label}" for label in labels)
    return [("title", finding.heading(255)), ("description", body + (f"\n{actions}" if actions else ""))]


def _azure_row(finding: Finding, config: TargetConfig) -> Row:
    severity = finding.severity
    return [
        ("Work Item Type", settings.text(config.mapping, "issue_type", "Issue")),
        ("Title", finding.heading(255)),
        ("Description", markup.html(blocks(finding))),
        ("Priority", "" if severity is None else str(1 + settings.place_in(int(severity), 4))),
        ("Tags", "; ".join(label.replace(";", " ") for label in finding.labels())),
    ]


def _linear_row(finding: Finding, config: TargetConfig) -> Row:
    del config
    severity = finding.severity
    priority = "No priority" if severity is None else _LINEAR[settings.place_in(int(severity), len(_LINEAR))]
    return [
        ("Title", finding.heading(255)),
        ("Description", markup.markdown(blocks(finding))),
        ("Priority", priority),
        ("Status", "Backlog"),
        ("Labels", ", ".join(label.replace(",", " ") for label in finding.labels())),
    ]


_TYPE = Setting("issue_type", "Issue type", "As it is called in the project.", default="Bug")
IMPORTERS = {
    one.kind.name: one
    for one in (
        Importer(
            Kind("jira-csv", "Jira, as a CSV file", (_TYPE, _PRIORITY_SETTING), suffix=".csv"), 250, _jira_row, "Labels"
        ),
        Importer(Kind("gitlab-csv", "GitLab, as a CSV file", (), suffix=".csv"), 1000, _gitlab_row),
        Importer(
            Kind(
                "azure-csv",
                "Azure DevOps, as a CSV file",
                (Setting("issue_type", "Work item type", "As the process calls it.", default="Issue"),),
                suffix=".csv",
            ),
            1000,
            _azure_row,
        ),
        Importer(Kind("linear-csv", "Linear, as a CSV file", (), suffix=".csv"), 1000, _linear_row),
    )
}


class FileTarget:
    """Writes files for an importer. What is in a file already is not written again: importers can't update.

    Args:
        out: the file; where one doesn't hold all rows, `NAME-2.csv`, `NAME-3.csv` … stand beside it.
    """

    capabilities = Capabilities(update=False, attachments=False, status=False)

    def __init__(self, config: TargetConfig, out: Path | None, cancel: CancelToken) -> None:
        self.id = config.id
        self._config = config
        self._importer = IMPORTERS[config.kind]
        self._out = out
        self._cancel = cancel

    def check(self) -> TargetHealth:
        return TargetHealth((f"Writes files of at most {self._importer.most} issues",))

    def plan(
        self, findings: Sequence[Finding], links: LinkStore, *, files: bool = False, again: frozenset[str] = frozenset()
    ) -> ExportPlan:
        """As `TrackerTarget.plan`; `again`: issues to be written although a file had them before."""
        del files
        items = []
        for finding in findings:
            row = self._importer.row(finding, self._config)
            fields = {"row": [list(cell) for cell in row]}
            text = plain(blocks(finding))
            link = links.link(finding.issue_id)
            item = PlanItem(finding, Action.CREATE, fields, text=text)
            if link is not None and link.state is LinkState.DONE and finding.issue_id not in again:
                if link.content_hash == content_hash(fields):
                    item = PlanItem(finding, Action.UNCHANGED, fields, text=text, ref=link.ref)
                else:
                    item = PlanItem(finding, Action.BLOCKED, fields, text=text, ref=link.ref, blocked=Blocked.IN_A_FILE)
            items.append(item)
        return ExportPlan(self.id, tuple(items))

    def apply(self, plan: ExportPlan, links: LinkStore) -> Iterator[ItemResult]:
        """Writes the files whole, then notes what is in them.

        Raises:
            BacklogError: OUT_NEEDED. StudyError: EXPORT_UNWRITABLE, DISK_FULL.
        """
        chosen = [item for item in plan.items if item.action is Action.CREATE]
        if chosen and self._out is None:
            raise BacklogError(BacklogCode.OUT_NEEDED)
        for item in plan.items:
            if item.action is not Action.CREATE:
                outcome = Outcome.UNCHANGED if item.action is Action.UNCHANGED else Outcome.BLOCKED
                yield _result(item, outcome)
        most = self._importer.most
        for number, start in enumerate(range(0, len(chosen), most), 1):
            assert self._out is not None
            self._cancel.check()
            part = chosen[start : start + most]
            out = self._out if number == 1 else self._out.with_name(f"{self._out.stem}-{number}{self._out.suffix}")
            for item in part:
                links.sending(item.finding.issue_id, content_hash(item.fields), item.fields)
            write_export(out, self._bytes(part), self._importer.kind.suffix)
            for row, item in enumerate(part, 2):
                ref = RemoteRef(item.finding.mark, f"{out.name}, row {row}", "")
                links.done(item.finding.issue_id, ref, content_hash(item.fields), item.fields, "")
                yield _result(item, Outcome.WRITTEN, ref)

    def _bytes(self, items: Sequence[PlanItem]) -> bytes:
        rows = [[(str(name), str(value)) for name, value in item.fields["row"]] for item in items]
        repeated = self._importer.repeated
        single = list(dict.fromkeys(name for row in rows for name, _ in row if name != repeated))
        wide = max((sum(name == repeated for name, _ in row) for row in rows), default=0) if repeated else 0
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow([*single, *[repeated] * wide])
        for row in rows:
            once = dict(cell for cell in row if cell[0] != repeated)
            several = [value for name, value in row if name == repeated]
            writer.writerow(
                [_cell(value) for value in [*(once.get(name, "") for name in single), *several]]
                + [""] * (wide - len(several))
            )
        return text.getvalue().encode("utf-8")


def _cell(text: str) -> str:
    """As importers want it: without control characters and leading spaces, and no formula."""
    return safe_cell(cleaned(text).lstrip())


def _result(item: PlanItem, outcome: Outcome, ref: RemoteRef | None = None) -> ItemResult:
    finding = item.finding
    return ItemResult(finding.issue_id, finding.number, finding.title, outcome, ref or item.ref)
