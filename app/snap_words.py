"""What an edge on the timeline rests at, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from annotate.snapping import Snap, SnapKind


def snap_words(snap: Snap) -> str:
    """ "word: beneficiary", "a click", "task: Find the invoice"."""
    tr = QCoreApplication.translate
    match snap.kind:
        case SnapKind.WORD:
            return tr("Snap", "word: {word}").format(word=snap.label)
        case SnapKind.CLICK:
            return tr("Snap", "a click")
        case SnapKind.TASK:
            return tr("Snap", "task: {title}").format(title=snap.label)
