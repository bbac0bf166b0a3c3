"""What can be done with the transcript on the desk, in one table: keys, the menus of the pane and its lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.commands import Command, CommandRegistry

if TYPE_CHECKING:
    from app.views.transcript_pane import TranscriptPane

SCOPE = "review"
LINE_MENU = ("listen", "edit", "right", "quote", "", "speaker", "speaker_like", "", "join", "restore", "", "next_doubt")
PANE_MENU = ("replace", "speakers", "", "export", "import")


def add_transcript_commands(pane: TranscriptPane, page: QWidget, commands: CommandRegistry) -> None:
    """Registers the commands; their keys work while the focus is within the page. They act on the chosen lines, else
    on the line that is being said.
    """
    line, lines, shown = pane.has_line, pane.has_lines, pane.has_session

    def add(
        name: str,
        text: str,
        keys: str | tuple[str, ...],
        icon: str,
        handler: Callable[[], object],
        enabled: Callable[[], bool],
        tip: str = "",
    ) -> None:
        commands.add(Command(f"transcript.{name}", text, keys, icon, SCOPE, tip), handler, page, enabled)

    add("listen", _tr("Listen to the line"), "", "ph.play", pane.listen, line)
    add("edit", _tr("Correct the text"), ("E", "F2"), "ph.pencil-simple", pane.edit, line)
    add(
        "right",
        _tr("Heard, and it is right"),
        "V",
        "ph.check",
        pane.verify,
        line,
        _tr("You have listened and the text is right: it may be quoted. Again: take it back"),
    )
    add("quote", _tr("Quote the chosen lines"), "Q", "ph.quotes", pane.quote, line)
    add(
        "speaker",
        _tr("Another speaker, for this turn"),
        "S",
        "ph.user",
        pane.next_speaker,
        line,
        _tr("Give this turn, or the chosen lines, to the next speaker"),
    )
    add(
        "speaker_like",
        _tr("Another speaker, for all like it"),
        "Alt+S",
        "ph.users",
        pane.next_speaker_of_all_like,
        line,
        _tr("Give all that sounds like this line to the next speaker; else all of the same speaker"),
    )
    add("join", _tr("Join lines"), "Alt+J", "ph.arrows-in-line-vertical", pane.join, line)
    add("restore", _tr("Put back what was heard"), "", "ph.arrow-counter-clockwise", pane.restore, pane.can_restore)
    add("next_doubt", _tr("Next place in doubt"), "D", "ph.question", lambda: pane.go_doubt(1), lines)
    add("previous_doubt", _tr("Previous place in doubt"), "Shift+D", "ph.question", lambda: pane.go_doubt(-1), lines)
    add("replace", _tr("Find and replace…"), "Ctrl+H", "ph.swap", pane.open_replace, lines)
    add("speakers", _tr("Who speaks…"), "", "ph.users", pane.open_speakers, shown)
    add("export", _tr("Export the transcript…"), "", "ph.export", pane.export_file, lines)
    add("import", _tr("Import subtitles…"), "", "ph.download-simple", pane.import_file, shown)


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
