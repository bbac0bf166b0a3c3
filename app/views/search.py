"""Search: words in the transcripts, notes and issues of all studies, narrowed, and played from where they are said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from annotate.library import FacetKind, ItemKind, KnownStudy
from annotate.search import COUNT_LIMIT, Hit, Query, Results
from app.controllers.search import SearchController
from app.models.hits import HitsModel
from app.study_context import StudyContext
from app.theme import SPACE, Text, theme
from app.widgets.basics import EmptyState, PageHeader, announce, button, clear, label, row
from app.widgets.hit_list import HitList
from app.wording import sentence, study_problem_words

_LIMIT = 200
_TYPING_MS = 120
_SPEECH, _NOTES = (ItemKind.SPEECH, ItemKind.TRANSLATION), (ItemKind.OBSERVATION, ItemKind.ISSUE)


class SearchPage(QWidget):
    """Signals: opened(Hit): go to where something was found."""

    opened = Signal(object)

    def __init__(self, controller: SearchController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.controller = controller
        self._limit = _LIMIT
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Words, “a phrase”, or the begin* of a word"))
        self.field.setAccessibleName(self.tr("Search all studies"))
        self.field.setClearButtonEnabled(True)
        self.field.setFont(theme().font(Text.STRONG))
        self.field.installEventFilter(self)
        self.where = self._choice(self.tr("Where"))
        for words, kinds in (
            (self.tr("Everywhere"), ()),
            (self.tr("In what was said"), _SPEECH),
            (self.tr("In notes and issues"), _NOTES),
        ):
            self.where.addItem(words, kinds)
        self.filters = {
            FacetKind.STUDY: self._choice(self.tr("Study")),
            FacetKind.PARTICIPANT: self._choice(self.tr("Participant")),
            FacetKind.TASK: self._choice(self.tr("Task")),
            FacetKind.SPEAKER: self._choice(self.tr("Speaker")),
        }
        self._any = {
            FacetKind.STUDY: self.tr("All studies"),
            FacetKind.PARTICIPANT: self.tr("All participants"),
            FacetKind.TASK: self.tr("All tasks"),
            FacetKind.SPEAKER: self.tr("All speakers"),
        }
        for kind, choice in self.filters.items():
            choice.addItem(self._any[kind], "")
        self.model = HitsModel(self)
        self.list = HitList(self.model)
        self.list.opened.connect(self.opened)
        self.status = label("", Text.CAPTION, tone="muted")
        self.more = button(self.tr("Show more"), look="link")
        self.more.clicked.connect(self._show_more)
        self.more.hide()
        self._problems = QVBoxLayout()
        self._hint = EmptyState(
            "ph.magnifying-glass",
            self.tr("Search all studies"),
            self.tr(
                "Type what somebody said, or what you noted. All words must be in one passage; put a phrase in "
                "quotation marks. Enter goes there and plays."
            ),
        )
        self._nothing = EmptyState(
            "ph.magnifying-glass",
            self.tr("Nothing found"),
            self.tr("No passage has all these words. Try the begin* of a word, fewer words, or wider filters."),
        )
        self.stack = QStackedWidget()
        for page in (self._hint, self._nothing, self.list):
            self.stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[3])
        layout.setSpacing(SPACE[2])
        layout.addWidget(PageHeader(self.tr("Search")))
        layout.addWidget(self.field)
        layout.addLayout(row(self.where, *self.filters.values(), None, self.status, self.more))
        layout.addLayout(self._problems)
        layout.addWidget(self.stack, 1)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self.field.textEdited.connect(lambda _text: self._typing.start())
        self.field.textChanged.connect(lambda text: None if text else self._ask())
        controller.found.connect(self._on_found)
        controller.updating.connect(self._on_updating)
        controller.updated.connect(self._on_updated)
        controller.facets_found.connect(self._on_facets)
        controller.failed.connect(self._on_failed)

    # -- page --------------------------------------------------------------------------------------------------

    def set_context(self, context: StudyContext | None) -> None:
        """All studies are searched, whichever is open; what changes in it is followed."""
        if context is not None:
            self.controller.follow(context)

    def page_shown(self) -> None:
        self.controller.update()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def query(self, *, unfinished: bool = True) -> Query:
        """What is asked for just now."""

        def chosen(kind: FacetKind) -> tuple[str, ...]:
            value = self.filters[kind].currentData()
            return (value,) if value else ()

        return Query(
            self.field.text(),
            unfinished=unfinished,
            kinds=tuple(self.where.currentData() or ()),
            studies=chosen(FacetKind.STUDY),
            participants=chosen(FacetKind.PARTICIPANT),
            tasks=chosen(FacetKind.TASK),
            speakers=chosen(FacetKind.SPEAKER),
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.model.rowCount():
                self.list.setFocus()
                if not self.list.has_chosen():
                    self.list.choose()
                return True
            if event.key() == Qt.Key.Key_Escape and self.field.text():
                self.field.clear()
                return True
        return super().eventFilter(watched, event)

    # -- inside ------------------------------------------------------------------------------------------------

    def _choice(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.setToolTip(name)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(14)
        made.activated.connect(lambda _index: self._ask())
        return made

    def _ask(self) -> None:
        self._limit = _LIMIT
        self.controller.ask(self.query(), self._limit)

    def _show_more(self) -> None:
        self._limit += 5 * _LIMIT
        self.controller.ask(self.query(), self._limit)

    def _on_found(self, query: Query, results: Results) -> None:
        self.model.show_hits(results.hits)
        self.more.setVisible(results.total > len(results.hits))
        if not query.text.strip():
            self.stack.setCurrentWidget(self._hint)
            self.status.setText("")
            return
        self.stack.setCurrentWidget(self.list if results.hits else self._nothing)
        shown = len(results.hits)
        if results.total > shown:
            total = f"{COUNT_LIMIT:,}+" if results.total >= COUNT_LIMIT else f"{results.total:,}"
            words = self.tr("{shown} of {total} places").format(shown=shown, total=total)
        else:
            words = self.tr("%n place(s)", "", shown)
        self.status.setText(words)
        announce(self, words)

    def _on_updating(self) -> None:
        if not self.model.rowCount():
            self.status.setText(self.tr("Reading what has changed…"))

    def _on_updated(self, problems: Sequence[KnownStudy]) -> None:
        if not self.model.rowCount():
            self.status.setText("")
        clear(self._problems)
        for study in problems:
            forget = button(self.tr("Forget it"), look="link")
            forget.clicked.connect(lambda _checked=False, study=study: self.controller.forget(study))
            words = label(study_problem_words(study), Text.CAPTION, tone="warning", wrap=True)
            line = QWidget()
            inner = row(words, forget)
            inner.setStretch(0, 1)
            line.setLayout(inner)
            self._problems.addWidget(line)

    def _on_facets(self, facets: dict[FacetKind, list[str]]) -> None:
        for kind, choice in self.filters.items():
            before = choice.currentData()
            choice.clear()
            choice.addItem(self._any[kind], "")
            for value in facets.get(kind, []):
                choice.addItem(value[:1].upper() + value[1:], value)
            choice.setCurrentIndex(max(0, choice.findData(before)))

    def _on_failed(self, error: Exception) -> None:
        self.status.setText(sentence(error))


def place_of(hit: Hit) -> int | None:
    """Where a hit plays from; None for what has no place in a session."""
    return hit.t_start_ns if hit.session_id is not None else None
