"""An issue of the study with its evidence, as a value that knows no tracker."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotate.models import Severity
from annotate.timeline import format_time

MARK = "ux-"
"""How the label begins by which an issue of ours is found again in a tracker."""
MOMENTS_MOST = 40
"""Moments told in a description; an issue with more says how many it leaves out."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One observation behind a finding, and what was said then. `quote` holds only words that may be quoted."""

    participant: str
    t_start_ns: int
    text: str
    quote: str = ""

    @property
    def place(self) -> str:
        """The moment in words, by which it is found again: trackers strip links of unknown kinds."""
        return f"Session {self.participant} at {format_time(self.t_start_ns)}"


@dataclass(frozen=True, slots=True)
class FindingFile:
    """A still or a clip that may be sent along. `name` holds eight digits of the content, so that it's known again."""

    path: Path
    name: str
    sha256: str
    size: int
    media_type: str  # 'image/png' | 'video/mp4'
    evidence_id: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is told of an issue. `found_by` of `participants` people have at least one observation for it."""

    issue_id: str
    number: int
    title: str
    severity: Severity | None
    study: str
    task: str | None = None
    heuristic: str | None = None
    description: str = ""
    recommendation: str = ""
    tags: tuple[str, ...] = ()
    found_by: int = 0
    participants: int = 0
    moments: tuple[Moment, ...] = ()
    files: tuple[FindingFile, ...] = ()
    withheld: tuple[str, ...] = field(default=())
    """Why files that exist aren't among `files`, a sentence's end for each."""
    withdrawn: bool = False
    """Whether all that speaks for it came from people who have withdrawn: then it is never sent."""

    @property
    def mark(self) -> str:
        """The label by which the issue is found again, whatever its title becomes."""
        return f"{MARK}{self.issue_id}"

    def heading(self, most: int) -> str:
        """`[Task] title` in one line of at most `most` characters."""
        text = one_line(f"[{self.task}] {self.title}" if self.task else self.title)
        return text if len(text) <= most else text[: most - 1].rstrip() + "…"

    def labels(self) -> tuple[str, ...]:
        """Tags as labels without spaces, and the mark; each once, in order."""
        return tuple(dict.fromkeys([*(slug for tag in self.tags if (slug := slugged(tag))), self.mark]))


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a description. `kind`: 'heading', 'text', 'list' (lines are items) or 'quote'."""

    kind: str
    lines: tuple[str, ...]


def blocks(finding: Finding) -> list[Block]:
    """The description every target renders in its own markup; the same words everywhere."""
    result: list[Block] = []
    if finding.description.strip():
        result += [Block("text", tuple(finding.description.strip().split("\n")))]
    facts = []
    if finding.participants:
        facts.append(f"Found by {finding.found_by} of {finding.participants} participants")
    if finding.severity is not None:
        word = finding.severity.name.lower().replace("_", " ")
        facts.append(f"Severity {int(finding.severity)} of 4 ({word}, Nielsen's scale)")
    if finding.heuristic:
        facts.append(f"Heuristic: {finding.heuristic}")
    if facts:
        result.append(Block("list", tuple(facts)))
    if finding.moments:
        result.append(Block("heading", ("What was seen",)))
        shown = finding.moments[:MOMENTS_MOST]
        items = []
        for moment in shown:
            said = f" – “{one_line(moment.quote)}”" if moment.quote.strip() else ""
            seen = f": {one_line(moment.text)}" if moment.text.strip() else ""
            items.append(f"{moment.place}{seen}{said}")
        if len(finding.moments) > len(shown):
            items.append(f"… and {len(finding.moments) - len(shown)} more moments in the study")
        result.append(Block("list", tuple(items)))
    if finding.recommendation.strip():
        result.append(Block("heading", ("Recommendation",)))
        result.append(Block("text", tuple(finding.recommendation.strip().split("\n"))))
    result.append(Block("text", (f"Issue {finding.number} of the study “{one_line(finding.study)}” ({finding.mark})",)))
    return result


def plain(parts: Sequence[Block]) -> str:
    """Blocks as text without any markup, for comparing and for targets that have none."""
    out: list[str] = []
    for block in parts:
        prefix = "- " if block.kind == "list" else ""
        out.append("\n".join(prefix + line for line in block.lines))
    return "\n\n".join(out)


def one_line(text: str) -> str:
    """Any text in one line, without control characters."""
    return " ".join(cleaned(text).split())


def cleaned(text: str) -> str:
    """Text without the characters that JSON, XML and databases of trackers refuse; line breaks stay, as `\\n`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def slugged(tag: str) -> str:
    """A tag as a label: Jira takes none with a space ("The label 'a b' contains spaces which is invalid."), and none
    begins as a formula does.
    """
    return re.sub(r"\s+", "-", re.sub(r"[\",;]", " ", one_line(tag)).strip()).strip("-=+@")[:200]


def cut(text: str, most: int) -> str:
    """At most `most` characters; what is cut is said."""
    told = "\n\n… (cut: the rest is in the study)"
    return text if len(text) <= most else text[: most - len(told)].rstrip() + told


def digest(value: str) -> str:
    """SHA-256 of a text, as hexadecimal digits."""
    return hashlib.sha256(value.encode()).hexdigest()
