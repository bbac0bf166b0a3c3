"""A study on its way to a colleague: with pictures and sound, or as text alone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QRadioButton, QVBoxLayout, QWidget

from annotate.copying import bundle_files
from annotate.packing import PACK_SUFFIX, is_media
from annotate.store import SUFFIX, StudyStore
from app.size_words import size_words
from app.theme import SPACE, Text
from app.widgets.basics import button, column, label, row


class PackDialog(QDialog):
    """Asks what goes into the pack, and where it goes.

    Signals:
        wanted(Path, bool): pack into this file, with media or without.
    """

    wanted = Signal(object, bool)

    def __init__(self, store: StudyStore, place: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Pack the study"))
        self.setMinimumWidth(560)
        self._suggested = Path(place) / f"{store.folder.name.removesuffix(SUFFIX)}{PACK_SUFFIX}"
        media, text = _sizes(store)
        self.whole = QRadioButton(self.tr("With pictures and sound (about %1)").replace("%1", size_words(media + text)))
        self.text = QRadioButton(
            self.tr("Without pictures and sound: plan, transcripts, observations, findings (less than %1)").replace(
                "%1", size_words(text)
            )
        )
        self.whole.setChecked(True)
        self.make = button(self.tr("Choose where to…"), look="primary")
        self.make.setDefault(True)
        self.make.clicked.connect(self._choose)
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        words = self.tr(
            "One file with everything in it, for a colleague or another computer. What both record can be merged "
            "again. Sessions in the trash and backups stay here. The file is not encrypted: send it only where the "
            "participants agreed to."
        )
        layout.addLayout(column(label(self.tr("Pack the study"), Text.TITLE), label(words, tone="muted", wrap=True)))
        layout.addLayout(column(self.whole, self.text))
        layout.addLayout(row(None, cancel, self.make))

    def _choose(self) -> None:
        kind = self.tr("Packed studies (*%1)").replace("%1", PACK_SUFFIX)
        chosen, _kind = QFileDialog.getSaveFileName(self, self.tr("Pack the study"), str(self._suggested), kind)
        if chosen:
            self.want(Path(chosen))

    def want(self, out: Path) -> None:
        """Packs into a file, whose suffix is added where it is missing."""
        out = out if out.suffix == PACK_SUFFIX else out.with_name(out.name + PACK_SUFFIX)
        self.wanted.emit(out, self.whole.isChecked())
        self.accept()


def _sizes(store: StudyStore) -> tuple[int, int]:
    """Bytes of pictures and sound, and of all else."""
    media = text = 0
    for session in store.told_sessions():
        if session.bundle_path is None:
            continue
        folder = store.bundle_dir(session)
        for relative in bundle_files(folder) if folder.is_dir() else []:
            size = (folder / relative).stat().st_size
            if is_media(relative):
                media += size
            else:
                text += size
    return media, text + store.path.stat().st_size
