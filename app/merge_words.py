"""What merging two studies does, in words. No Qt: the command line words with it too."""

from __future__ import annotations

from annotate.merge_report import Conflict, ConflictKind, MergeReport
from app.size_words import count_words, size_words

_TABLES = {
    "participant": "participant",
    "task": "task",
    "tag": "tag",
    "issue": "issue",
    "observation": "observation",
    "transcript": "transcript",
    "evidence": "still or clip",
    "response": "answered questionnaire",
}
"""Which new things are counted, and what one is called."""
_THINGS = {
    **_TABLES,
    "task_run": "task’s time",
    "session": "session",
    "consent_form": "consent form",
    "consent": "consent",
    "rating": "rating",
    "issue_apart": "pair of issues",
    "segment": "line",
    "evidence": "still or clip",
}
_CONFLICTS = {
    ConflictKind.SAME_PERSON: "Participant {what} is in both, and is taken for the same person.",
    ConflictKind.OTHER_PERSON: "Participant {what} is in both; the other one is called {became} here.",
    ConflictKind.SAME_TITLE: "The {thing} “{what}” is in both, and becomes one.",
    ConflictKind.OURS: "The {thing} “{what}” differs; what stands here is kept.",
    ConflictKind.THEIRS: "The {thing} “{what}” was changed there later; that is taken.",
    ConflictKind.CONSENT_FORM: "Consent form {what} reads differently there; it is version {became} here.",
    ConflictKind.TRANSCRIPT: "The transcript of {what} was corrected in both; what stands here is kept.",
    ConflictKind.LEFT_OUT: "The {thing} “{what}” could not be taken in.",
}


def conflict_words(conflict: Conflict) -> str:
    """What two studies disagree about, and what is done, as one sentence."""
    thing = _THINGS.get(conflict.table, "entry")
    return _CONFLICTS[conflict.kind].format(thing=thing, what=conflict.what, became=conflict.became)


def sessions_words(report: MergeReport) -> str:
    """Which sessions come in, and how much is copied."""
    if report.empty:
        return "Everything of it is here already. Nothing is changed."
    parts = []
    if report.sessions:
        parts.append(f"{count_words(len(report.sessions), 'new session')}: {', '.join(report.sessions)}.")
    else:
        parts.append("No new session.")
    if report.completed:
        parts.append(f"Completed: {', '.join(dict.fromkeys(report.completed))}.")
    if report.bytes_to_copy:
        parts.append(f"{size_words(report.bytes_to_copy)} of recordings.")
    return " ".join(parts)


def added_words(report: MergeReport) -> str:
    """What else is new; empty if nothing is."""
    new = [count_words(report.added[table], word) for table, word in _TABLES.items() if report.added.get(table)]
    return f"New: {', '.join(new)}." if new else ""


def merge_lines(report: MergeReport, *, preview: bool) -> list[str]:
    """All that a merge did, or would do, a line each."""
    lines = [f"“{report.study}”: {sessions_words(report)}", added_words(report)]
    if not report.same_study and not report.empty:
        lines.append("The two studies did not begin as one: what has the same name is taken for the same thing.")
    if report.trashed:
        lines.append(f"{count_words(report.trashed, 'session')} in the other one’s trash: left there.")
    lines += [conflict_words(one) for one in report.conflicts]
    if preview and not report.empty:
        lines.append("Nothing was changed yet.")
    elif report.backup is not None:
        lines.append(f"The study as it was before: {report.backup}")
    return [line for line in lines if line]
