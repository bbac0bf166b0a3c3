"""The keys of the review desk, in one table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from annotate.models import Severity
from app.commands import Command, CommandRegistry
from app.wording import severity_words

if TYPE_CHECKING:
    from app.views.review import ReviewPage

SCOPE = "review"
SECOND_NS = 1_000_000_000


def add_review_commands(page: ReviewPage, commands: CommandRegistry) -> None:
    """Registers every command of the desk; their keys work while the focus is within the page."""
    desk, marks, player = page.has_session, page.has_selection, page.playback
    zoom, hold = page.timeline.zoom, True

    def add(
        command_id: str,
        text: str,
        keys: str | tuple[str, ...],
        icon: str,
        handler: Callable[[], object],
        enabled: Callable[[], bool],
        repeat: bool = False,
    ) -> None:
        command = Command(f"review.{command_id}", text, keys, icon, SCOPE, repeat=repeat)
        commands.add(command, handler, page, enabled)

    add("play", _tr("Play or pause"), "Space", "ph.play", player.toggle, page.can_play)
    add(
        "back",
        _tr("Back 5 seconds"),
        "Shift+Left",
        "ph.rewind",
        partial(player.seek_by, -5 * SECOND_NS),
        desk,
        repeat=True,
    )
    add(
        "forward",
        _tr("Forward 5 seconds"),
        "Shift+Right",
        "ph.fast-forward",
        partial(player.seek_by, 5 * SECOND_NS),
        desk,
        hold,
    )
    add("step_back", _tr("One frame back"), "Left", "ph.caret-left", partial(player.step, -1), desk, hold)
    add("step", _tr("One frame forward"), "Right", "ph.caret-right", partial(player.step, 1), desk, hold)
    add("shuttle_back", _tr("Run back; again: faster"), "J", "ph.rewind", partial(player.shuttle, -1), page.can_play)
    add("shuttle_stop", _tr("Stop"), "K", "ph.pause", partial(player.shuttle, 0), desk)
    add(
        "shuttle_forward",
        _tr("Run forward; again: faster"),
        "L",
        "ph.fast-forward",
        partial(player.shuttle, 1),
        page.can_play,
    )
    add("start", _tr("Go to the start"), "Home", "ph.skip-back", partial(player.seek, 0), desk)
    add("end", _tr("Go to the end"), "End", "ph.skip-forward", lambda: player.seek(player.duration_ns), desk)
    add("slower", _tr("Slower"), "[", "ph.gauge", partial(page.change_rate, -1), desk)
    add("faster", _tr("Faster"), "]", "ph.gauge", partial(page.change_rate, 1), desk)
    add("mark", _tr("Mark this moment, or the marked range"), "M", "ph.flag", page.mark, desk)
    add("in", _tr("Range starts here"), "I", "ph.arrow-line-left", page.marked.begin_here, desk)
    add("out", _tr("Range ends here"), "O", "ph.arrow-line-right", page.marked.end_here, desk)
    add("no_range", _tr("Forget the marked range"), "Shift+X", "ph.x", page.marked.forget, desk)
    for severity in Severity:
        words = _tr("Severity {number}: {word}").format(number=int(severity), word=severity_words(severity))
        add(f"severity_{int(severity)}", words, str(int(severity)), "", partial(page.rate, severity), marks)
    add("severity_none", _tr("No severity"), "-", "", partial(page.rate, None), marks)
    add("tag", _tr("Tag the observation"), "T", "ph.tag", page.edit_tags, marks)
    add("note", _tr("Write the observation’s text"), "N", "ph.note-pencil", page.edit_text, marks)
    add("issue", _tr("Go to the issue, or choose one"), "G", "ph.link", page.go_issue, marks)
    add("remove", _tr("Delete the observation"), "Del", "ph.trash", page.remove, marks)
    add("previous", _tr("Previous observation"), "Alt+Up", "ph.arrow-up", partial(page.go_observation, -1), desk, hold)
    add(
        "next", _tr("Next observation"), "Alt+Down", "ph.arrow-down", partial(page.go_observation, 1), desk, repeat=True
    )
    add("find", _tr("Find in the transcript"), "Ctrl+F", "ph.magnifying-glass", page.find_text, desk)
    add(
        "zoom_in",
        _tr("Zoom in on the timeline"),
        ("Ctrl++", "Ctrl+="),
        "ph.magnifying-glass-plus",
        partial(zoom, 1.5),
        desk,
        hold,
    )
    add(
        "zoom_out",
        _tr("Zoom out of the timeline"),
        "Ctrl+-",
        "ph.magnifying-glass-minus",
        partial(zoom, 1 / 1.5),
        desk,
        hold,
    )
    add("zoom_fit", _tr("Show the whole session"), "\\", "ph.arrows-out-line-horizontal", page.timeline.axis.fit, desk)
    add("fill", _tr("Fill the window with this pane, or stop"), "F", "ph.arrows-out", page.fill, desk)


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
