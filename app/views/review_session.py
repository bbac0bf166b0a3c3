"""Below the timeline: which task is worked on at the playhead, set by hand, and where the session begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from annotate.changes import ChangeSet
from annotate.figures.speech import uncovered_ns
from annotate.models import Outcome, Session, Task, TaskRun
from annotate.store import StudyStore
from annotate.timeline import TimeRange, format_time
from app.commands import Command, CommandRegistry
from app.controllers.playback import PlaybackController
from app.controllers.review import ReviewController
from app.controllers.session_load import LoadedSession
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.widgets.basics import ElidedComboBox, ElidedLabel, hairline, label
from app.widgets.task_strip import OUTCOMES
from app.widgets.timeline.data import Gap, GapKind, Speech
from app.widgets.times import short_clock
from app.wording import outcome_words
from transcribe.models import Role

SCOPE = "review"
_TASK_WIDTH, _TASK_WIDTH_MIN = 190, 100


def trim_gaps(session: Session, duration_ns: int) -> tuple[Gap, ...]:
    """What figures and exports leave out at the start and the end of a session."""
    gaps = []
    if session.trim_start_ns:
        gaps.append(Gap(0, session.trim_start_ns, GapKind.TRIMMED))
    if session.trim_end_ns is not None:
        gaps.append(Gap(session.trim_end_ns, duration_ns, GapKind.TRIMMED))
    return tuple(gaps)


def moderator_of(speech: Sequence[Speech]) -> list[TimeRange] | None:
    """When the moderator speaks; None where nobody knows who speaks."""
    if all(one.role is None for one in speech):
        return None
    return [
        TimeRange(int(start), max(int(start), int(end)))
        for one in speech
        if one.role is Role.MODERATOR
        for start, end in zip(one.start, one.end, strict=True)
    ]


class SessionStrip(QWidget):
    """Follows the playhead. Every press is one step of undo.

    Signals:
        trimmed(Session): where it begins or ends for figures is another place now.
    """

    trimmed = Signal(object)

    def __init__(
        self, controller: ReviewController, playback: PlaybackController, commands: CommandRegistry, page: QWidget
    ) -> None:
        super().__init__(page)
        self._controller = controller
        self._playback = playback
        self._commands = commands
        self._session: Session | None = None
        self._tasks: list[Task] = []
        self._runs: tuple[TaskRun, ...] = ()
        self._shown: TaskRun | None = None
        self._stale = True
        self._moderator: Sequence[TimeRange] | None = None
        self.choice = ElidedComboBox()
        self.choice.setAccessibleName(self.tr("Task to begin"))
        self.choice.setToolTip(self.tr("Task to begin"))
        self.choice.setMinimumWidth(_TASK_WIDTH_MIN)  # a small screen has no more beside the buttons
        self.choice.setMaximumWidth(_TASK_WIDTH)
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.now = ElidedLabel("", tone="muted")
        self.now.setMinimumWidth(80)
        self.now.setAccessibleDescription(self.tr("Time on task; net: without what the moderator says"))
        self.trim = label("", Text.CAPTION, tone="muted")
        self._add_commands(commands, page)
        self._lay_out(commands)
        controller.opened.connect(self._on_opened)
        controller.speech_changed.connect(self._on_speech)
        controller.closed.connect(lambda: self._show(None, ()))
        controller.runs_changed.connect(self._show_runs)
        playback.position_changed.connect(self._follow)
        self._show(None, ())

    @property
    def run(self) -> TaskRun | None:
        """The task's run at the playhead: the last one begun that has not ended there."""
        now = self._playback.position_ns
        going = [run for run in self._runs if run.t_start_ns <= now and (run.t_end_ns is None or now <= run.t_end_ns)]
        return going[-1] if going else None

    def set_context(self, context: StudyContext | None) -> None:
        """Another study, or none."""
        if context is not None:
            context.changed.connect(self._on_changed)  # ends with the context

    # -- commands -------------------------------------------------------------------------------------------------

    def begin_task(self) -> None:
        """The chosen task begins at the playhead; one that was going on ends there."""
        session, now, going = self._session, self._playback.position_ns, self.run
        task_id = self.choice.currentData()
        if session is None or not isinstance(task_id, str):
            return

        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                end = None
                if going is not None:
                    end = going.t_end_ns
                    store.update_task_run(going.id, t_end_ns=now)
                store.add_task_run(session.id, task_id, t_start_ns=now, t_end_ns=end)
            return batch.change

        self._do(self.tr("Task starts here"), change)
        at = self.choice.currentIndex()
        if at + 1 < self.choice.count():
            self.choice.setCurrentIndex(at + 1)

    def end_task(self) -> None:
        """The task at the playhead ends there; between tasks, the one before is drawn up to it."""
        now = self._playback.position_ns
        run = self.run or next((one for one in reversed(self._runs) if one.t_start_ns <= now), None)
        if run is not None:
            self._do(self.tr("Task ends here"), lambda store: store.update_task_run(run.id, t_end_ns=now))

    def judge(self, outcome: Outcome) -> None:
        """Says how the task at the playhead ended; the same again takes it back."""
        run = self.run
        if run is not None:
            new = None if run.outcome is outcome else outcome
            self._do(self.tr("Task outcome"), lambda store: store.update_task_run(run.id, outcome=new))

    def remove_task(self) -> None:
        """The task at the playhead was not worked on; its observations stay."""
        run = self.run
        if run is not None:
            self._do(self.tr("Remove task from timeline"), lambda store: store.remove_task_run(run.id))

    def trim_start(self) -> None:
        """Figures and exports begin at the playhead."""
        session = self._session
        if session is not None:
            now, end = self._playback.position_ns, session.trim_end_ns
            last = None if end is not None and end <= now else end
            self._do(self.tr("Session starts here"), lambda store: store.trim_session(session.id, now, last))

    def trim_end(self) -> None:
        """Figures and exports end at the playhead."""
        session = self._session
        if session is not None:
            now, start = self._playback.position_ns, session.trim_start_ns
            first = None if start is not None and start >= now else start
            self._do(self.tr("Session ends here"), lambda store: store.trim_session(session.id, first, now))

    def trim_nothing(self) -> None:
        """Figures and exports take the whole session again."""
        session = self._session
        if session is not None:
            self._do(self.tr("Use the whole session"), lambda store: store.trim_session(session.id, None, None))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _add_commands(self, commands: CommandRegistry, page: QWidget) -> None:
        def add(name: str, words: str, key: str, icon: str, tip: str = "") -> Command:
            return Command(f"review.{name}", words, key, icon, SCOPE, tip=tip)

        begin = add("task_begin", self.tr("Task starts here"), "Alt+T", "ph.play")
        end = add("task_end", self.tr("Task ends here"), "Alt+E", "ph.stop")
        remove = add("task_remove", self.tr("Remove the task at the playhead"), "Alt+Del", "ph.trash")
        tip = self.tr("Session starts here, for figures and exports; nothing is cut from the file")
        starts = add("trim_start", self.tr("Session starts here"), "Alt+I", "ph.arrow-line-left", tip)
        tip = self.tr("Session ends here, for figures and exports; nothing is cut from the file")
        ends = add("trim_end", self.tr("Session ends here"), "Alt+O", "ph.arrow-line-right", tip)
        whole = add("trim_nothing", self.tr("Use the whole session"), "Alt+W", "ph.arrows-out-line-horizontal")
        commands.add(begin, self.begin_task, page, self._can_begin)
        commands.add(end, self.end_task, page, lambda: bool(self._runs))
        commands.add(remove, self.remove_task, page, lambda: self.run is not None)
        for number, (outcome, (icon, role)) in enumerate(OUTCOMES.items(), 1):
            words = self.tr("Task ended: %1").replace("%1", outcome_words(outcome))
            name = f"review.outcome_{outcome.value}"
            command = Command(name, words, f"Alt+{number}", icon, SCOPE, role=role, checkable=True)
            commands.add(command, partial(self.judge, outcome), page, lambda: self.run is not None)
        commands.add(starts, self.trim_start, page, lambda: self._session is not None)
        commands.add(ends, self.trim_end, page, lambda: self._session is not None)
        commands.add(whole, self.trim_nothing, page, self._is_trimmed)

    def _lay_out(self, commands: CommandRegistry) -> None:
        self._task_part = QWidget()
        tasks = QHBoxLayout(self._task_part)
        tasks.setContentsMargins(0, 0, 0, 0)
        tasks.setSpacing(SPACE[0])
        tasks.addWidget(self.choice, 1)
        for name in ("task_begin", "task_end"):
            tasks.addWidget(self._button(commands, name))
        tasks.addSpacing(SPACE[1])
        tasks.addWidget(self.now, 1)
        for outcome in OUTCOMES:
            tasks.addWidget(self._button(commands, f"outcome_{outcome.value}"))
        tasks.addWidget(self._button(commands, "task_remove"))
        line = QHBoxLayout()
        line.setContentsMargins(SPACE[2], SPACE[0], SPACE[2], SPACE[0])
        line.setSpacing(SPACE[0])
        line.addWidget(self._task_part, 1)
        line.addSpacing(SPACE[2])
        line.addStretch(0)
        line.addWidget(self.trim)
        for name in ("trim_start", "trim_end", "trim_nothing"):
            line.addWidget(self._button(commands, name))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(hairline())
        layout.addLayout(line)

    def _button(self, commands: CommandRegistry, name: str) -> QToolButton:
        made = commands.bind(QToolButton(), f"review.{name}", icon_only=True)
        made.setProperty("look", "quiet")
        made.setIconSize(QSize(16, 16))
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return made

    def _on_opened(self, loaded: LoadedSession) -> None:
        self._moderator = moderator_of(loaded.timeline.speech)
        self._show(loaded.session, loaded.timeline.runs)

    def _on_speech(self, speech: Sequence[Speech]) -> None:
        self._moderator = moderator_of(speech)
        self._stale = True
        self._follow()

    def _length(self, run: TaskRun) -> str:
        """How long it took, and how long without what the moderator says, where it is known who speaks."""
        if run.t_end_ns is None:
            return ""
        span = TimeRange(run.t_start_ns, max(run.t_start_ns, run.t_end_ns))
        gross = short_clock(span.duration_ns)
        if self._moderator is None:
            return f"{gross}  ·  "
        net = short_clock(uncovered_ns(span, self._moderator))
        return self.tr("{gross}, net {net}").format(gross=gross, net=net) + "  ·  "

    def _show(self, session: Session | None, runs: tuple[TaskRun, ...]) -> None:
        self._session = session
        context = self._controller.context
        self._tasks = context.store.tasks() if context is not None and session is not None else []
        self.choice.clear()
        for number, task in enumerate(self._tasks, 1):
            self.choice.addItem(f"{number}  {task.title}", task.id)
            self.choice.setItemData(number - 1, task.title, Qt.ItemDataRole.ToolTipRole)
        done = {run.task_id for run in runs}
        following = next((at for at, task in enumerate(self._tasks) if task.id not in done), 0)
        self.choice.setCurrentIndex(following if self._tasks else -1)
        self._show_trim()
        self._show_runs(runs)

    def _show_runs(self, runs: tuple[TaskRun, ...]) -> None:
        self._runs = tuple(runs)
        self._task_part.setVisible(bool(self._tasks or self._runs))
        self._stale = True
        self._follow()
        self._commands.refresh()

    def _show_trim(self) -> None:
        session = self._session
        words = ""
        if session is not None and self._is_trimmed():
            start = format_time(session.trim_start_ns or 0)
            end = session.trim_end_ns if session.trim_end_ns is not None else session.duration_ns
            words = self.tr("Figures: %1 – %2").replace("%1", start)
            words = words.replace("%2", self.tr("the end") if end is None else format_time(end))
        self.trim.setText(words)

    def _follow(self, _t_ns: int = 0) -> None:
        run = self.run
        if run is self._shown and not self._stale:
            return
        self._shown, self._stale = run, False
        if run is None:
            self.now.set_full_text(self.tr("No task here"))
        else:
            end = "" if run.t_end_ns is None else format_time(run.t_end_ns)
            # The lengths come first: the title is on the timeline too, where there is little room here.
            self.now.set_full_text(f"{self._length(run)}{run.task_title}  {format_time(run.t_start_ns)} – {end}")
        for outcome in OUTCOMES:
            action = self._commands.action(f"review.outcome_{outcome.value}")
            action.setChecked(run is not None and run.outcome is outcome)
            self._commands.refresh(f"review.outcome_{outcome.value}")
        self._commands.refresh("review.task_remove")

    def _on_changed(self, change: ChangeSet | None, _initiator: object) -> None:
        context, session = self._controller.context, self._session
        if context is None or session is None:
            return
        tables = None if change is None else change.tables
        if (tables is None or "task" in tables) and context.store.tasks() != self._tasks:
            self._show(session, self._runs)
        if tables is None or "session" in tables:
            self._take_session(context, session)

    def _take_session(self, context: StudyContext, before: Session) -> None:
        """The session's own row may be another: trimmed, in the trash."""
        now = next((one for one in context.store.sessions() if one.id == before.id), None)
        if now is None:
            self._controller.close()
            return
        self._session = now
        if (now.trim_start_ns, now.trim_end_ns) != (before.trim_start_ns, before.trim_end_ns):
            self._show_trim()
            self._commands.refresh()
            self.trimmed.emit(now)

    def _can_begin(self) -> bool:
        return self._session is not None and bool(self._tasks)

    def _is_trimmed(self) -> bool:
        session = self._session
        return session is not None and (session.trim_start_ns is not None or session.trim_end_ns is not None)

    def _do(self, words: str, change: Callable[[StudyStore], ChangeSet]) -> None:
        context = self._controller.context
        if context is not None:
            context.do(words, change, self)


def timeline_pane(timeline: QWidget, strip: SessionStrip) -> QWidget:
    """The timeline with the strip below it."""
    pane = QWidget()
    layout = QVBoxLayout(pane)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(timeline, 1)
    layout.addWidget(strip)
    pane.setAccessibleName(QCoreApplication.translate("ReviewPage", "Timeline"))
    return pane
