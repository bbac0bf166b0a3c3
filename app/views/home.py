"""Home: the studies as cards, what was open last, and recordings that need help."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDir, QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from annotate.changes import ChangeSet
from app.commands import CommandRegistry
from app.controllers.recovery import CutOff
from app.controllers.study import StudySummary
from app.palette import Role
from app.settings import settings
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.widgets.basics import (
    CardButton,
    ElidedLabel,
    EmptyState,
    PageHeader,
    button,
    clear,
    column,
    icon_label,
    label,
    row,
)
from app.widgets.times import day_words, length_words
from app.wording import sentence

_CARD_WIDTH = 300


class HomePage(QWidget):
    """The first page.

    Signals:
        open_study(Path), continue_study(Path), mend(CutOff): what the user asked for.
        stale: the cards may no longer be right; whoever reads the studies answers with `show_summaries`.
    """

    open_study = Signal(object)
    continue_study = Signal(object)
    mend = Signal(object)
    stale = Signal()

    def __init__(self, commands: CommandRegistry) -> None:
        super().__init__()
        self._summaries: list[StudySummary] | None = None
        self._columns = 0
        self._cards: list[QWidget] = []
        new, open_button = self._buttons(commands)
        header = PageHeader(self.tr("Home"), open_button, new)
        self._main_buttons = (open_button, new)
        self._banners = column(spacing=SPACE[1])
        self._last = QVBoxLayout()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE[3])
        self._studies_label = label(self.tr("Studies"), Text.STRONG, strong=True)
        inner = QWidget()
        body = QVBoxLayout(inner)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(SPACE[3])
        body.addLayout(self._last)
        body.addWidget(self._studies_label)
        body.addLayout(self._grid)
        body.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inner)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().installEventFilter(self)
        self._empty = self._make_empty(commands)
        self._busy = label(self.tr("Reading the studies…"), tone="muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[3])
        layout.setSpacing(SPACE[4])
        layout.addWidget(header)
        layout.addLayout(self._banners)
        layout.addWidget(self._busy)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._empty, 1)
        self._refresh()

    # -- page -----------------------------------------------------------------------------------------------------

    def set_context(self, context: StudyContext | None) -> None:
        """Which study is open makes no difference here, but what was open last does."""
        if context is not None:
            context.changed.connect(self._changed)  # ends with the context
        self._refresh()

    def page_shown(self) -> None:
        """Asks for the figures as they are now; the cards stay as they are until then."""
        self.stale.emit()

    def show_summaries(self, summaries: list[StudySummary]) -> None:
        """Shows the cards. The same figures again leave them alone, with focus and a press that is under way."""
        if self._summaries is None or _shown(summaries) != _shown(self._summaries):
            self._summaries = summaries
            self._refresh()

    def show_cut_off(self, found: list[CutOff], mending: set[Path]) -> None:
        """Shows a banner for each recording that was cut off."""
        clear(self._banners)
        for item in found:
            self._banners.addWidget(self._banner(item, busy=item.bundle in mending))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._arrange()
        return super().eventFilter(watched, event)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _changed(self, _change: ChangeSet | None, _initiator: object) -> None:
        if self.isVisible():
            self.stale.emit()

    def _buttons(self, commands: CommandRegistry) -> tuple[QPushButton, QPushButton]:
        new = commands.bind(button("", look="primary", icon="ph.plus"), "study.new")
        new.setIcon(button("", look="primary", icon="ph.plus").icon())
        return new, commands.bind(button(""), "study.open")

    def _make_empty(self, commands: CommandRegistry) -> EmptyState:
        new, open_button = self._buttons(commands)
        return EmptyState(
            "ph.folders",
            self.tr("Make your first study"),
            self.tr(
                "A study holds the tasks you give to participants, the sessions you record with them, and what you "
                "find. It is one folder on this computer; nothing leaves it unless you export it."
            ),
            open_button,
            new,
        )

    def _refresh(self) -> None:
        summaries = self._summaries
        self._busy.setVisible(summaries is None)
        self._scroll.setVisible(bool(summaries))
        self._empty.setVisible(summaries == [])
        for made in self._main_buttons:
            made.setVisible(bool(summaries))
        focused = next((card.accessibleName() for card in self.findChildren(CardButton) if card.hasFocus()), None)
        clear(self._last)
        clear(self._grid)
        self._cards = []
        if not summaries:
            return
        last = next((each for each in summaries if str(each.folder) == settings().last_study), None)
        if last is not None and last.error is None:
            self._last.addWidget(self._continue_card(last))
        names = Counter(summary.name for summary in summaries)
        self._cards = [self._card(summary, namesakes=names[summary.name] > 1) for summary in summaries]
        self._columns = 0
        self._arrange()
        if focused is not None:
            self._focus_card(focused)

    def _focus_card(self, name: str) -> None:
        # The cards are made anew; `clear` has hidden those before, which end later.
        for card in self.findChildren(CardButton):
            if card.accessibleName() == name and not card.isHidden():
                card.setFocus()
                return

    def _arrange(self) -> None:
        columns = max(1, (self._scroll.viewport().width() + SPACE[3]) // (_CARD_WIDTH + SPACE[3]))
        if columns == self._columns or not self._cards:
            return
        self._columns = columns
        for index, card in enumerate(self._cards):
            self._grid.addWidget(card, index // columns, index % columns)
        for index in range(self._grid.columnCount()):
            self._grid.setColumnStretch(index, 1 if index < columns else 0)

    def _continue_card(self, summary: StudySummary) -> QWidget:
        card = CardButton()
        words = column(
            label(self.tr("Continue"), Text.CAPTION, tone="accent", strong=True),
            ElidedLabel(summary.name, Text.TITLE),
            label(_figures(self, summary), tone="muted"),
            spacing=2,
        )
        line = QHBoxLayout()
        line.setSpacing(SPACE[3])
        line.addLayout(words, 1)
        line.addWidget(icon_label("ph.arrow-right", Role.ACCENT, 20), 0, Qt.AlignmentFlag.AlignVCenter)
        card.body.addLayout(line)
        card.setAccessibleName(self.tr("Continue with %1").replace("%1", summary.name))
        card.setAccessibleDescription(_figures(self, summary))
        card.clicked.connect(partial(self.continue_study.emit, summary.folder))
        _let_mouse_through(card)
        return card

    def _card(self, summary: StudySummary, *, namesakes: bool) -> QWidget:
        card = CardButton()
        card.setMinimumHeight(132)
        card.body.addWidget(ElidedLabel(summary.name, Text.STRONG, strong=True))
        place = QDir.toNativeSeparators(str(summary.folder))
        if namesakes:  # only where they lie tells them apart
            where = ElidedLabel(place, Text.CAPTION, tone="muted", mode=Qt.TextElideMode.ElideMiddle)
            card.body.addWidget(where)
        if summary.error is not None:
            words = label(sentence(summary.error), tone="warning", wrap=True)
            card.body.addWidget(words)
            card.setAccessibleDescription(words.text())
        else:
            card.body.addWidget(label(_figures(self, summary), tone="muted"))
            card.body.addStretch(1)
            issues = self.tr("%n open issue(s)", "", summary.open_issues)
            count = label(issues, tone="" if summary.open_issues else "muted")
            touched = label(day_words(summary.touched) if summary.touched else "", Text.CAPTION, tone="muted")
            icon = icon_label("ph.warning-circle", Role.TEXT_MUTED)
            card.body.addLayout(row(icon, count, None, touched, spacing=6))
            card.setAccessibleDescription(f"{_figures(self, summary)}, {issues}")
        card.setAccessibleName(f"{summary.name}, {place}" if namesakes else summary.name)
        card.setToolTip(place)
        card.clicked.connect(partial(self.open_study.emit, summary.folder))
        _let_mouse_through(card)
        return card

    def _banner(self, item: CutOff, *, busy: bool) -> QWidget:
        banner = QFrame()
        banner.setProperty("banner", "warning")
        who = self.tr("of %1").replace("%1", item.participant) if item.participant else ""
        title = self.tr("A recording %1 in “%2” was cut off.").replace("%1", who).replace("%2", item.study_name)
        words = self.tr("What was recorded up to then is safe. Mend it, and it is listed with the other sessions.")
        texts = column(label(" ".join(title.split()), strong=True), label(words, tone="muted", wrap=True), spacing=2)
        act = button(self.tr("Mending…") if busy else self.tr("Mend recording"), look="primary")
        act.setEnabled(not busy)
        act.clicked.connect(partial(self.mend.emit, item))
        line = QHBoxLayout(banner)
        line.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        line.setSpacing(SPACE[2])
        line.addWidget(icon_label("ph.warning", Role.WARNING, 20), 0, Qt.AlignmentFlag.AlignVCenter)
        line.addLayout(texts, 1)
        line.addWidget(act)
        return banner


def _shown(summaries: list[StudySummary]) -> list[tuple[StudySummary, str]]:
    """What the cards say. Errors are compared by their words: each reading brings a new one."""
    return [(replace(each, error=None), str(each.error or "")) for each in summaries]


def _figures(page: QWidget, summary: StudySummary) -> str:
    if not summary.sessions and not summary.pilots:
        return page.tr("No sessions yet")
    parts = [page.tr("%n session(s)", "", summary.sessions)]
    if summary.planned:
        parts.append(page.tr("%n planned", "", summary.planned))
    if summary.pilots:
        parts.append(page.tr("%n pilot(s)", "", summary.pilots))
    parts.append(length_words(summary.recorded_ns))
    return " · ".join(parts)


def _let_mouse_through(card: QWidget) -> None:
    for child in card.findChildren(QWidget):
        child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
