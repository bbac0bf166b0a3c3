"""What the priority of the chosen issue is made of, to be changed in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QLabel, QSpinBox, QWidget

from annotate.figures.methods import Figure
from annotate.figures.priority import CRITICALITY_UNSAID, PERSISTENCE_UNSAID, Priority
from annotate.figures.words import DASH, assumed_words, method_words, severity_words, share_words
from annotate.models import Severity
from app.plain import tooltip
from app.theme import SPACE, Text
from app.widgets.basics import ElidedLabel, label, set_tone
from app.widgets.severity_picker import SeverityPicker


class PriorityEditor(QWidget):
    """Knows no store.

    Signals (with the issue's id first, but for the last one):
        part_changed(id, name, value | None): persistence, reach, impact, confidence, effort.
        agreed(id, Severity | None), rated(id, Severity | None): by all, and by whoever sits here.
        criticality_changed(task id, 1..5 | None).
    """

    part_changed = Signal(str, str, object)
    agreed = Signal(str, object)
    rated = Signal(str, object)
    criticality_changed = Signal(str, object)

    def __init__(self, rater: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rater = rater
        self._shown: Priority | None = None
        self._quiet = False
        self.title = ElidedLabel("", Text.STRONG, strong=True)
        self._found = label("", tone="muted", wrap=True)
        self.severity = SeverityPicker(with_word=False)
        self.severity.picked.connect(lambda severity: self._emit(self.agreed, severity))
        self.rating = SeverityPicker(with_word=False)
        self.rating.picked.connect(lambda severity: self._emit(self.rated, severity))
        self._raters = label("", Text.CAPTION, tone="muted", wrap=True)
        self.persistence = self._choice(
            "persistence",
            (
                (self.tr("not said (counts as {value})").format(value=PERSISTENCE_UNSAID), None),
                (self.tr("1 · met once"), 1),
                (self.tr("2 · now and then"), 2),
                (self.tr("3 · every time"), 3),
            ),
        )
        self._task = ElidedLabel("", tone="muted")
        self._worth = label("", tone="muted", wrap=True)
        self.criticality = QComboBox()
        self.criticality.addItem(self.tr("not said (counts as {value})").format(value=CRITICALITY_UNSAID), None)
        for number, words in enumerate(
            (
                self.tr("hardly matters"),
                self.tr("matters a little"),
                self.tr("matters"),
                self.tr("matters much"),
                self.tr("vital"),
            ),
            1,
        ):
            self.criticality.addItem(f"{number} · {words}", number)
        self.criticality.activated.connect(self._on_criticality)
        self.reach = QSpinBox()
        self.reach.setRange(0, 1_000_000_000)
        self.reach.setSingleStep(100)
        self.reach.setGroupSeparatorShown(True)
        self.reach.setSpecialValueText(self.tr("not said"))
        self.reach.setKeyboardTracking(False)
        self.reach.valueChanged.connect(lambda value: self._emit_part("reach", float(value) or None))
        self.impact = self._choice(
            "impact",
            (
                (self.tr("by severity"), None),
                (self.tr("3 · massive"), 3.0),
                (self.tr("2 · high"), 2.0),
                (self.tr("1 · medium"), 1.0),
                (self.tr("½ · low"), 0.5),
                (self.tr("¼ · minimal"), 0.25),
            ),
        )
        self.confidence = self._choice(
            "confidence",
            (
                (self.tr("by how many met it"), None),
                (self.tr("100 % · certain"), 1.0),
                (self.tr("80 % · likely"), 0.8),
                (self.tr("50 % · a guess"), 0.5),
            ),
        )
        self.effort = QDoubleSpinBox()
        self.effort.setRange(0, 10_000)
        self.effort.setDecimals(2)
        self.effort.setSingleStep(0.5)
        self.effort.setSuffix(self.tr(" days"))
        self.effort.setSpecialValueText(self.tr("not said"))
        self.effort.setKeyboardTracking(False)
        self.effort.valueChanged.connect(lambda value: self._emit_part("effort", value or None))
        for field in (self.reach, self.effort):
            field.lineEdit().setTextMargins(SPACE[1], 0, 0, 0)
        self._build()
        self.show_priority(None, "", None)

    def set_rater(self, name: str) -> None:
        """Who sits here."""
        self._rater = name

    def show_priority(self, shown: Priority | None, task_title: str, criticality: int | None) -> None:
        """Shows an issue; `criticality` is that of its task, None where it is not said."""
        self._quiet = True
        same = shown is not None and self._shown is not None and shown.row.issue.id == self._shown.row.issue.id
        self._shown = shown
        self.setEnabled(shown is not None)
        issue = shown.row.issue if shown is not None else None
        self.title.set_full_text(f"#{issue.number}  {issue.title}" if issue is not None else self.tr("No issue chosen"))
        self._found.setText(
            self.tr("{severity} · found by {share}").format(
                severity=severity_words(shown.row.severity), share=share_words(shown.row.found)
            )
            if shown is not None
            else ""
        )
        self._found.setToolTip(tooltip(method_words(Figure.FOUND_BY)))
        self.severity.set_severity(issue.severity if issue is not None else None)
        self.rating.set_severity(shown.raters.get(self._rater) if shown is not None else None)
        self._show_raters(shown)
        for field, value in (
            (self.persistence, issue.persistence if issue else None),
            (self.impact, issue.impact if issue else None),
            (self.confidence, issue.confidence if issue else None),
            (self.criticality, criticality),
        ):
            place = field.findData(value)
            if place < 0:  # a value of another program's
                field.addItem(f"{value:g}", value)
                place = field.count() - 1
            field.setCurrentIndex(place)
        for spin, number in (
            (self.reach, issue.reach if issue else None),
            (self.effort, issue.effort if issue else None),
        ):
            # What is being typed isn't touched while the issue stays the same.
            if not (same and spin.hasFocus() and spin.lineEdit().isModified()):
                _set_number(spin, number)
        self._task.set_full_text(task_title or DASH)
        self._show_worth(shown)
        self.criticality.setEnabled(shown is not None and bool(task_title))
        self._quiet = False

    # -- inside ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        grid.setHorizontalSpacing(SPACE[2])
        grid.setVerticalSpacing(SPACE[1])
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.title, 0, 0, 1, 2)
        grid.addWidget(self._found, 1, 0, 1, 2)
        grid.addWidget(self._worth, 2, 0, 1, 2)
        named: tuple[tuple[str, QWidget, Figure | None], ...] = (
            (self.tr("Agreed severity"), self.severity, Figure.SEVERITY),
            (self.tr("Your rating"), self.rating, Figure.SEVERITY),
            ("", self._raters, None),
            (self.tr("Persistence"), self.persistence, Figure.CUSTOMER),
            (self.tr("Task"), self._task, None),
            (self.tr("Criticality"), self.criticality, Figure.BUSINESS),
            (self.tr("People a month"), self.reach, Figure.BUSINESS),
            (self.tr("Effort"), self.effort, Figure.VALUE_PER_EFFORT),
            (self.tr("Impact"), self.impact, Figure.RICE),
            (self.tr("Confidence"), self.confidence, Figure.RICE),
        )
        for number, (words, field, figure) in enumerate(named, 3):
            if words:
                name = label(words, tone="muted")
                name.setBuddy(field)
                grid.addWidget(name, number, 0)
                if not isinstance(field, QLabel):
                    field.setAccessibleName(words)
            if figure is not None:
                field.setToolTip(tooltip(method_words(figure)))
                field.setAccessibleDescription(method_words(figure))
            grid.addWidget(field, number, 1)
        grid.setRowStretch(len(named) + 3, 1)

    def _show_worth(self, shown: Priority | None) -> None:
        words = ""
        if shown is not None and shown.customer is not None and shown.value is not None:
            words = self.tr("customer value {customer} · business value {business} · value {value}").format(
                customer=f"{shown.customer:.0f}", business=f"{shown.business:.0f}", value=f"{shown.value:.0f}"
            )
            if shown.value_band is not None:
                words += f" ({shown.value_band.low:.0f}–{shown.value_band.high:.0f})"
        elif shown is not None:
            words = self.tr("Rate its severity, and it gets a value.")
        if shown is not None and shown.assumed:
            assumed = "; ".join(sorted(assumed_words(one) for one in shown.assumed))
            words += "\n" + self.tr("Assumed: {all}").format(all=assumed)
        self._worth.setText(words)
        self._worth.setToolTip(tooltip(method_words(Figure.VALUE)))
        self._worth.setAccessibleDescription(method_words(Figure.VALUE))

    def _show_raters(self, shown: Priority | None) -> None:
        if shown is None or not shown.raters:
            self._raters.setText(self.tr("Nobody has rated it yet.") if shown is not None else "")
            set_tone(self._raters, "muted")
            return
        each = ", ".join(f"{name} {int(severity)}" for name, severity in shown.raters.items())
        words = self.tr("{all} · mean {mean}").format(all=each, mean=f"{shown.raters_mean:.1f}")
        if shown.raters_differ:
            words += "\n" + self.tr("More than one step apart: talk about it.")
        self._raters.setText(words)
        self._raters.setToolTip(
            tooltip(", ".join(f"{name}: {severity_words(one)}" for name, one in shown.raters.items()))
        )
        set_tone(self._raters, "warning" if shown.raters_differ else "muted")

    def _choice(self, name: str, items: tuple[tuple[str, float | None], ...]) -> QComboBox:
        box = QComboBox()
        for words, value in items:
            box.addItem(words, value)
        box.activated.connect(lambda place, box=box: self._emit_part(name, box.itemData(place)))
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return box

    def _emit(self, signal: object, severity: Severity | None) -> None:
        if self._shown is not None and not self._quiet:
            signal.emit(self._shown.row.issue.id, severity)  # type: ignore[attr-defined]

    def _emit_part(self, name: str, value: float | None) -> None:
        if self._shown is not None and not self._quiet and getattr(self._shown.row.issue, name) != value:
            for spin in (self.reach, self.effort):
                spin.lineEdit().setModified(False)
            self.part_changed.emit(self._shown.row.issue.id, name, value)

    def _on_criticality(self, place: int) -> None:
        if self._shown is not None and self._shown.row.task_ids:
            self.criticality_changed.emit(self._shown.row.task_ids[0], self.criticality.itemData(place))


def _set_number(spin: QSpinBox | QDoubleSpinBox, number: float | None) -> None:
    if isinstance(spin, QSpinBox):
        spin.setValue(round(number or 0))
    else:
        spin.setValue(number or 0.0)
