"""A transcript as a Word document: a paragraph for each turn, with its time, who speaks and what is in doubt."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from annotate.timeline import format_time
from transcribe.formats import Passage, turns

_MUTED, _TIME_PT, _CAPTION_PT = (0x59, 0x5D, 0x6E), 9, 9
_COLOURS = {"moderator": (0x3B, 0x55, 0xA8), "participant": (0x0B, 0x70, 0x60), "other": (0x8A, 0x4A, 0x7D)}
"""As the app shows speakers; the name stands beside the colour."""
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DocxHead:
    """What stands above the text.

    Attributes:
        title: e.g. "Ticket shop, P03".
        lines: more about the session, one line each.
        doubt: what the mark "[?]" means, shown if there is one.
        date: of the document; the session's, so that the same transcript gives the same file.
    """

    title: str
    lines: tuple[str, ...] = field(default=())
    doubt: str = ""
    date: datetime | None = None


def to_docx(passages: Sequence[Passage], head: DocxHead, *, times: bool = True, speakers: bool = True) -> bytes:
    """The document's bytes (ECMA-376). Nothing in it tells who made it or on which machine."""
    from docx import Document
    from docx.shared import Pt, RGBColor

    document = Document()
    facts = document.core_properties
    facts.author = facts.last_modified_by = facts.comments = ""
    facts.title = _xml(head.title)
    facts.created = facts.modified = head.date or _UNDATED
    document.add_heading(_xml(head.title), level=1)
    said = [one for one in passages if one.text.strip()]
    doubtful = any(one.in_doubt for one in said)
    for line in (*head.lines, *((f"[?] {head.doubt}",) if doubtful and head.doubt else ())):
        run = document.add_paragraph().add_run(_xml(line))
        run.font.size, run.font.color.rgb = Pt(_CAPTION_PT), RGBColor(*_MUTED)
    for turn in turns(said) if speakers else [[one] for one in said]:
        paragraph = document.add_paragraph()
        if times:
            run = paragraph.add_run(f"{format_time(turn[0].t_start_ns)}  ")
            run.font.size, run.font.color.rgb = Pt(_TIME_PT), RGBColor(*_MUTED)
        if speakers and turn[0].speaker:
            run = paragraph.add_run(f"{_xml(turn[0].speaker)}: ")
            run.bold, run.font.color.rgb = True, RGBColor(*_COLOURS.get(turn[0].role or "", _COLOURS["other"]))
        for number, one in enumerate(turn):
            text = _xml((" " if number else "") + ("[?] " if one.in_doubt else "") + one.text.strip())
            run = paragraph.add_run(text)
            if one.in_doubt:
                run.italic, run.font.color.rgb = True, RGBColor(*_MUTED)
        meant = " ".join(one.translation.strip() for one in turn if one.translation)
        if meant:
            run = paragraph.add_run(_xml(f"\n{meant}"))
            run.italic = True
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _xml(text: str) -> str:
    """Text without what XML has no place for."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n" or ("\x20" <= letter <= "\ud7ff") or ("\ue000" <= letter <= "\ufffd") or letter > "\uffff"
    )
