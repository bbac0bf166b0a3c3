"""Everything about the selected observation, to be changed in place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from annotate.errors import StudyError
from annotate.models import Issue, ObservationKind, Tag
from annotate.timeline import format_time, parse_time
from app.heuristic_words import heuristics
from app.models.observations import ObservationRow
from app.theme import SPACE, theme
from app.widgets.basics import label, set_tone
from app.widgets.markdown_view import MarkdownView
from app.widgets.observation_facts import ObservationFacts
from app.widgets.saved_text import SavedText
from app.widgets.severity_picker import SeverityPicker
from app.widgets.tag_editor import Chip, ChipField
from app.wording import kind_words


class TimeField(QLineEdit):
    """A session time, typed as people say it: 7:05, 1:07:05.3, 425.

    Signals:
        changed(t_ns | None): a time was typed that can be understood; None: the field was emptied.
    """

    changed = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._t_ns: int | None = None
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFont(theme().font(tabular=True))
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("0:00:00.0") + 26)
        self.editingFinished.connect(self._on_finished)

    def set_time(self, t_ns: int | None) -> None:
        self._t_ns = t_ns
        if not (self.hasFocus() and self.isModified()):
            self.setText("" if t_ns is None else format_time(t_ns, tenths=True))
            set_tone(self, "false", "wrong")

    def _on_finished(self) -> None:
        if not self.isModified():
            return
        text = self.text().strip()
        try:
            t_ns = parse_time(text) if text else None
        except StudyError:
            set_tone(self, "true", "wrong")
            return
        self.setModified(False)
        set_tone(self, "false", "wrong")
        if t_ns != self._t_ns:
            self.changed.emit(t_ns)
        else:
            self.set_time(t_ns)


class ObservationEditor(QWidget):
    """The editor under the table. Knows no store.

    Signals (all with the observation's id first):
        kind_changed(id, ObservationKind), severity_changed(id, Severity | None),
        heuristic_changed(id, code | None), times_changed(id, t_start_ns, t_end_ns | None),
        body_changed(id, text, edit), tag_added(id, name),
        tag_removed(id, tag id), issue_added(id, title), issue_linked(id, issue id), issue_removed(id, issue id),
        issue_activated(issue id), put_back(id), place_removed(id), evidence_activated(evidence id),
        evidence_removed(evidence id).
        left: the user is done with a field (Escape, Ctrl+Enter): keys are commands again.
    """

    kind_changed = Signal(str, object)
    severity_changed = Signal(str, object)
    heuristic_changed = Signal(str, object)
    times_changed = Signal(str, object, object)
    body_changed = Signal(str, str, str)
    tag_added = Signal(str, str)
    tag_removed = Signal(str, str)
    issue_added = Signal(str, str)
    issue_linked = Signal(str, str)
    issue_removed = Signal(str, str)
    issue_activated = Signal(str)
    put_back = Signal(str)
    place_removed = Signal(str)
    evidence_activated = Signal(str)
    evidence_removed = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: ObservationRow | None = None
        self._count = 1
        self._issues: Sequence[Issue] = ()
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE[2], SPACE[1], SPACE[2], SPACE[2])
        grid.setHorizontalSpacing(SPACE[1])
        grid.setVerticalSpacing(SPACE[0] + 2)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(7, 1)
        self._several = label("", tone="accent")
        self._several.hide()
        self.facts = ObservationFacts(self)
        grid.addWidget(self._several, 0, 0, 1, 2)
        grid.addLayout(self._build_head(), 1, 0, 1, 2)
        grid.addWidget(self._build_text(), 2, 0, 1, 2)
        grid.addWidget(self.facts, 3, 0, 1, 2)
        self.tags = ChipField(
            placeholder=self.tr("Add a tag"),
            name=self.tr("Tags"),
            new=self.tr("New tag “{name}”"),
            dots=True,
            commas=True,
        )
        self.issues = ChipField(
            placeholder=self.tr("Find or name an issue"), name=self.tr("Issue"), new=self.tr("New issue “{name}”")
        )
        severity = label(self.tr("Severity"), tone="muted")
        severity.setBuddy(self.severity)
        grid.addWidget(severity, 4, 0)
        judged = QHBoxLayout()
        judged.setSpacing(SPACE[1])
        judged.addWidget(self.severity, 1)
        judged.addWidget(self._build_heuristic())
        grid.addLayout(judged, 4, 1)
        for number, (field, words, key) in enumerate(
            ((self.tags, self.tr("Tags"), "T"), (self.issues, self.tr("Issue"), "G")), 5
        ):
            name = label(words, tone="muted")
            name.setBuddy(field.line)
            name.setMinimumHeight(field.line.sizeHint().height())
            field.line.setToolTip(f"{words} ({key})")
            grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(field, number, 1)
        self._connect()
        self.set_row(None)

    def _build_heuristic(self) -> QComboBox:
        self.heuristic = QComboBox(self)
        self.heuristic.setAccessibleName(self.tr("Heuristic"))
        self.heuristic.setToolTip(self.tr("Which heuristic it offends against (H)"))
        self.heuristic.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.heuristic.setMinimumContentsLength(12)
        self.heuristic.addItem(self.tr("no heuristic"), None)
        for number, one in enumerate(heuristics(), 1):
            self.heuristic.addItem(one.title, one.code)
            self.heuristic.setItemData(number, f"{one.name}. {one.about}", Qt.ItemDataRole.ToolTipRole)
        self.heuristic.activated.connect(
            lambda index: self._with_id(self.heuristic_changed, self.heuristic.itemData(index))
        )
        return self.heuristic

    def _build_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        self.kind = QComboBox(self)
        self.kind.setAccessibleName(self.tr("Kind"))
        self.kind.setToolTip(self.tr("Kind"))
        self.kind.setIconSize(QSize(16, 16))
        for kind in ObservationKind:
            self.kind.addItem(theme().kind_icon(kind), kind_words(kind), kind)
        self.severity = SeverityPicker(self)
        self.start = TimeField(self.tr("Start"), self)
        self.end = TimeField(self.tr("End; empty for a moment"), self)
        self.end.setPlaceholderText(self.tr("moment"))
        dash = QLabel("–", self)
        row.addWidget(self.kind)
        row.addStretch(1)
        row.addWidget(self.start)
        row.addWidget(dash)
        row.addWidget(self.end)
        return row

    def _build_text(self) -> QStackedWidget:
        self.body = QPlainTextEdit(self)
        self._invite()
        self.body.setAccessibleName(self.tr("Text of the observation"))
        self.body.setToolTip(self.tr("Text (N). Ctrl+Enter or Esc when done"))
        self.body.setTabChangesFocus(True)
        height = 3 * self.body.fontMetrics().lineSpacing() + 18
        self.preview = MarkdownView(self)
        self.preview.setAccessibleName(self.tr("Text of the observation, as it reads"))
        self.preview.setToolTip(self.tr("Click, or N, to write. Markdown is shown as it reads"))
        self.preview.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.preview.clicked.connect(self.edit_text)
        self.text = QStackedWidget(self)
        self.text.addWidget(self.body)
        self.text.addWidget(self.preview)
        self.text.setFixedHeight(height)
        self._saved = SavedText(self.body)
        self._saved.edited.connect(lambda text, edit: self._with_id(self.body_changed, text, edit))
        self.body.installEventFilter(self)
        return self.text

    def _connect(self) -> None:
        self.kind.activated.connect(self._on_kind)
        self.severity.picked.connect(self._on_severity)
        self.start.changed.connect(self._on_times)
        self.end.changed.connect(self._on_times)
        self.tags.added.connect(lambda name: self._with_id(self.tag_added, name))
        self.tags.removed.connect(lambda key: self._with_id(self.tag_removed, key))
        self.issues.added.connect(self._on_issue)
        self.issues.removed.connect(lambda key: self._with_id(self.issue_removed, key))
        self.issues.activated.connect(self.issue_activated)
        for field in (self.tags, self.issues):
            field.left.connect(self.left)
        self.facts.put_back.connect(lambda: self._with_id(self.put_back))
        self.facts.place_removed.connect(lambda: self._with_id(self.place_removed))
        self.facts.activated.connect(self.evidence_activated)
        self.facts.removed.connect(self.evidence_removed)

    # -- what is shown -----------------------------------------------------------------------------------------

    @property
    def row(self) -> ObservationRow | None:
        return self._row

    def set_row(self, row: ObservationRow | None, count: int = 1) -> None:
        """Shows an observation. Text that is being typed is not touched while the observation stays the same.

        Args:
            row: the current one.
            count: how many are selected; times and text are only one's own.
        """
        other = (row.id if row else None) != (self._row.id if self._row else None)
        if other:
            self.save()
        self._row, self._count = row, count
        self.setEnabled(row is not None)
        self._several.setVisible(count > 1)
        self._several.setText(self.tr("%n observations: what you choose goes for all of them", "", count))
        for own in (self.start, self.end, self.text):
            own.setEnabled(count == 1)
        self.facts.show_row(row if count == 1 else None)
        observation = row.observation if row is not None else None
        self.kind.setCurrentIndex(self.kind.findData(observation.kind) if observation else -1)
        self.severity.set_severity(observation.severity if observation else None)
        self.start.set_time(observation.t_start_ns if observation else None)
        self.end.set_time(observation.t_end_ns if observation else None)
        index = self.heuristic.findData(observation.heuristic if observation else None)
        self.heuristic.setCurrentIndex(max(0, index))
        self._saved.show_text(observation.body if observation else "", other=other)
        self._show_preview()
        tags = row.tags if row is not None else ()
        self.tags.set_chips([Chip(tag.id, tag.name, tag.colour) for tag in tags])
        issues = row.issues if row is not None else ()
        self.issues.set_chips([Chip(i.id, f"#{i.number} {i.title}", tip=f"#{i.number} {i.title}") for i in issues])

    def set_choices(self, tags: Sequence[Tag], issues: Sequence[Issue]) -> None:
        """What completion offers."""
        self._issues = issues
        self.tags.set_words([tag.name for tag in tags])
        self.issues.set_words([f"#{issue.number} {issue.title}" for issue in issues])

    def save(self) -> None:
        """Hands over text that was typed and not yet handed over."""
        self._saved.save()

    def edit_text(self) -> None:
        self.text.setCurrentWidget(self.body)
        self.body.setFocus(Qt.FocusReason.ShortcutFocusReason)
        cursor = self.body.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.body.setTextCursor(cursor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.body and event.type() in {QEvent.Type.FocusIn, QEvent.Type.FocusOut}:
            self._invite(focused=event.type() is QEvent.Type.FocusIn)
            QTimer.singleShot(0, self, self._show_preview)
        if watched is self.body and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            done = enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if event.key() == Qt.Key.Key_Escape or done:
                self.save()
                self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _show_preview(self) -> None:
        """A text that nobody is typing is shown as it reads."""
        text = self._saved.text
        reads = bool(text.strip()) and not self.body.hasFocus()
        if reads and self.preview.text != text:
            self.preview.show_text(text)
        self.text.setCurrentWidget(self.preview if reads else self.body)

    def _invite(self, *, focused: bool = False) -> None:
        """An empty text says how to get into it, and once there, what belongs in it."""
        if focused:
            self.body.setPlaceholderText(self.tr("What happened, and why does it matter?"))
        else:
            self.body.setPlaceholderText(self.tr("N to write what happened"))

    # -- what the user does ------------------------------------------------------------------------------------

    def _with_id(self, signal: SignalInstance, *args: object) -> None:
        if self._row is not None:
            signal.emit(self._row.id, *args)

    def _on_kind(self, index: int) -> None:
        kind = self.kind.itemData(index)
        if self._row is not None and kind != self._row.observation.kind:
            self.kind_changed.emit(self._row.id, ObservationKind(kind))

    def _on_severity(self, severity: object) -> None:
        self._with_id(self.severity_changed, severity)

    def _on_times(self, _t_ns: int | None) -> None:
        if self._row is None:
            return
        o = self._row.observation
        sender = self.sender()
        start = _t_ns if sender is self.start and _t_ns is not None else o.t_start_ns
        end = _t_ns if sender is self.end else o.t_end_ns
        if end is not None and end < start:
            start, end = end, start
        self.times_changed.emit(self._row.id, start, end)
        self.set_row(self._row)

    def _on_issue(self, text: str) -> None:
        if self._row is None:
            return
        known = next((i for i in self._issues if text in {f"#{i.number} {i.title}", f"#{i.number}"}), None)
        if known is not None:
            self.issue_linked.emit(self._row.id, known.id)
        else:
            self.issue_added.emit(self._row.id, text)


def icon_button(icon: str, name: str, key: str = "", parent: QWidget | None = None) -> QToolButton:
    """A flat button with an icon alone: it has a name for screen readers, and a tooltip with its key."""
    button = QToolButton(parent)
    button.setIcon(theme().icon(icon))
    button.setProperty("look", "quiet")
    button.setAccessibleName(name)
    button.setToolTip(f"{name} ({key})" if key else name)
    return button
