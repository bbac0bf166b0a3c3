"""Asking the search index: words, "phrases", begin* of words, narrowed to studies, participants, tasks and speakers."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotate._sqlite import translated
from annotate.library import MARK_BEGIN, MARK_END, FacetKind, ItemKind, Library, facet_word, fold

COUNT_LIMIT = 10_000
_TERM = re.compile(r'"([^"]*)"?(\*?)|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. All words must be in one passage; each filter takes any of its values, capitals aside.

    Attributes:
        text: words, "words in this order", the begin* of a word.
        unfinished: the last word is still being typed: its begin will do.
        kinds: in what to look; empty: in everything.
        studies, participants, tasks, speakers: names; a speaker may also be a role ("moderator").
    """

    text: str
    unfinished: bool = False
    kinds: tuple[ItemKind, ...] = ()
    studies: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and where.

    `session_id` is None for an issue, `ref` the id of the segment, observation or issue; `spans` tell where in `text`
    the words stand (end excluded).
    """

    folder: Path
    study: str
    session_id: str | None
    participant: str
    started_utc: str | None
    kind: ItemKind
    ref: str
    t_start_ns: int
    t_end_ns: int
    speaker: str
    role: str
    task: str
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What was found: sessions together, in the order of time; `total` counts up to `COUNT_LIMIT`."""

    hits: tuple[Hit, ...]
    total: int


def search(library: Library, query: Query, limit: int = 200) -> Results:
    """The hits in the sessions that were changed last, at most `limit` of them. Empty for a query without a word.

    Raises:
        StudyError: as `Library` says.
    """
    with translated(library.path):
        conn = library.connection
        wanted = _expression(conn, query)
        if wanted is None:
            return Results((), 0)
        rows = conn.execute(
            "SELECT s.folder, s.name AS study, p.id AS part, p.session_id, p.participant, p.started_utc, i.kind, i.ref,"
            " i.t_start_ns, i.t_end_ns, i.speaker, i.role, i.task, f.text AS text"
            " FROM (SELECT rowid, highlight(hit, 0, ?, ?) AS text FROM hit WHERE hit MATCH ?"
            "  ORDER BY rowid DESC LIMIT ?) f"
            " JOIN item i ON i.id = f.rowid JOIN part p ON p.id = i.part JOIN study s ON s.id = p.study",
            (MARK_BEGIN, MARK_END, wanted, limit),
        ).fetchall()
        total = len(rows)
        if total == limit:
            found = conn.execute(
                "SELECT count(*) FROM (SELECT 1 FROM hit WHERE hit MATCH ? LIMIT ?)", (wanted, COUNT_LIMIT)
            ).fetchone()
            total = int(found[0])
    order = {part: place for place, part in enumerate(dict.fromkeys(row["part"] for row in rows))}
    rows.sort(key=lambda row: (order[row["part"]], row["t_start_ns"], row["kind"]))
    return Results(tuple(_hit(row) for row in rows), total)


def _expression(conn: sqlite3.Connection, query: Query) -> str | None:
    """The query in FTS5's own language (https://www.sqlite.org/fts5.html#full_text_query_syntax), all of it quoted."""
    terms = _terms(query.text, unfinished=query.unfinished)
    if not terms:
        return None
    parts = [f"text : ({' AND '.join(terms)})"]
    for kind, values in (
        (FacetKind.KIND, [each.value for each in query.kinds]),
        (FacetKind.STUDY, query.studies),
        (FacetKind.PARTICIPANT, query.participants),
        (FacetKind.TASK, query.tasks),
        (FacetKind.SPEAKER, query.speakers),
    ):
        if values:
            words = _facet_words(conn, kind, values)
            if not words:
                return None
            parts.append(f"marks : ({' OR '.join(words)})")
    return " AND ".join(parts)


def _terms(text: str, *, unfinished: bool) -> list[str]:
    found = []
    for match in _TERM.finditer(text):
        phrase, star, word = match.groups()
        bare = phrase if word is None else word.rstrip("*")
        if not any(letter.isalnum() for letter in bare):
            continue
        typed = unfinished and match.end() == len(text) and word is not None
        begin = bool(star) or (word is not None and word.endswith("*")) or typed
        found.append('"' + bare.replace('"', '""').replace("\0", "") + '"' + (" *" if begin else ""))
    return found


def _facet_words(conn: sqlite3.Connection, kind: FacetKind, values: Sequence[str]) -> list[str]:
    marks = ", ".join("?" * len(values))
    rows = conn.execute(
        f"SELECT id FROM facet WHERE kind = ? AND folded IN ({marks})",  # noqa: S608
        (kind.value, *(fold(value) for value in values)),
    )
    return [f'"{facet_word(row["id"])}"' for row in rows]


def _hit(row: sqlite3.Row) -> Hit:
    text, spans, at = "", [], 0
    for piece in re.split(f"({MARK_BEGIN}|{MARK_END})", row["text"]):
        if piece == MARK_BEGIN:
            at = len(text)
        elif piece == MARK_END:
            spans.append((at, len(text)))
        else:
            text += piece
    return Hit(
        folder=Path(row["folder"]),
        study=row["study"],
        session_id=row["session_id"] or None,
        participant=row["participant"],
        started_utc=row["started_utc"],
        kind=ItemKind(row["kind"]),
        ref=row["ref"],
        t_start_ns=row["t_start_ns"],
        t_end_ns=row["t_end_ns"],
        speaker=row["speaker"] or "",
        role=row["role"] or "",
        task=row["task"] or "",
        text=text,
        spans=tuple(spans),
    )
