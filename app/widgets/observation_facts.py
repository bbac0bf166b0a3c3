"""What there is to know of an observation besides what is typed: where it was moved from, its place, its evidence."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from annotate.models import Evidence
from annotate.timeline import SECOND, format_time
from app.models.observations import ObservationRow
from app.theme import SPACE, Text, theme
from app.widgets.basics import label
from app.widgets.flow import FlowLayout
from app.widgets.tag_editor import Chip, ChipWidget

_MOST = 2
"""So many pieces of evidence are chips of their own; room is for the table."""


class ObservationFacts(QWidget):
    """A flow of facts; nothing, and no room taken, where there are none.

    Signals:
        put_back: the mark is to lie where it was pressed. place_removed: it has no place in the picture any more.
        activated(evidence id), removed(evidence id).
    """

    put_back = Signal()
    place_removed = Signal()
    activated = Signal(str)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self._parts: list[QWidget] = []
        self._flow = FlowLayout(self, spacing=SPACE[0])
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_row(self, row: ObservationRow | None) -> None:
        """Shows the facts of an observation, or none."""
        o = row.observation if row is not None else None
        wanted = (
            ()
            if o is None or row is None
            else ((o.id, o.t_start_ns, o.t_original_ns, o.x, o.y, row.evidence, row.in_doubt))
        )
        if wanted == self._shown:
            return
        self._shown = wanted
        for part in self._parts:
            self._flow.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts = []
        if row is not None and row.in_doubt:
            self._say(self.tr("In doubt, so not in reports: listen to the line, then V or E"), tone="warning")
        if o is not None and o.t_original_ns is not None:
            words = self.tr("Pressed at {time}, moved back {seconds} s").format(
                time=format_time(o.t_original_ns, tenths=True),
                seconds=f"{(o.t_original_ns - o.t_start_ns) / SECOND:.1f}",
            )
            self._say(words)
            self._offer(self.tr("Put back"), self.tr("Lay the mark where it was pressed")).clicked.connect(
                self.put_back
            )
        if o is not None and o.x is not None and o.y is not None:
            self._say(self.tr("Place {x}, {y}").format(x=o.x, y=o.y))
            self._offer(self.tr("Remove"), self.tr("Remove the place")).clicked.connect(self.place_removed)
        evidence = row.evidence if row is not None and o is not None else ()
        shown = evidence if len(evidence) <= _MOST else evidence[: _MOST - 1]
        for one in shown:
            self._add_evidence(one)
        if len(evidence) > len(shown):
            words = self.tr("%n more", "", len(evidence) - len(shown))
            following = evidence[len(shown)].id
            more = self._offer(words, self.tr("Show all evidence of the observation"))
            more.clicked.connect(lambda: self.activated.emit(following))
        self.setVisible(bool(self._parts))
        self.updateGeometry()

    def _add_evidence(self, one: Evidence) -> None:
        made = ChipWidget(
            Chip(one.id, _evidence_words(one), tip=self.tr("Enter or a click shows it")), dot=False, parent=self
        )
        made.setAccessibleName(_evidence_words(one))
        made.activated.connect(lambda: self.activated.emit(one.id))
        made.removed.connect(lambda: self.removed.emit(one.id))
        self._add(made)

    def _say(self, words: str, *, tone: str = "muted") -> None:
        said = label(words, Text.CAPTION, tone=tone)
        said.setMinimumHeight(said.fontMetrics().height() + SPACE[1])
        self._add(said)

    def _offer(self, words: str, tip: str) -> QPushButton:
        made = QPushButton(words, self)
        made.setProperty("look", "link")
        made.setFont(theme().font(Text.CAPTION))
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setToolTip(tip or words)
        self._add(made)
        return made

    def _add(self, part: QWidget) -> None:
        self._flow.insert(len(self._parts), part)
        part.show()
        self._parts.append(part)


def _evidence_words(one: Evidence) -> str:
    kind = {"still": "Still", "clip": "Clip"}[str(one.kind)]
    length = "" if one.t_end_ns is None else f" · {(one.t_end_ns - one.t_start_ns) / SECOND:.0f} s"
    return f"{kind} {format_time(one.t_start_ns)}{length}"
