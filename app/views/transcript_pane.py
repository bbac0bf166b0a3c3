"""The transcript of the session on the desk: stored, being made, or to be made."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QPoint, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from annotate.export.transcript import TranscriptReport
from annotate.import_transcript import ImportReport
from annotate.models import StoredTranscript, TranscriptVersion
from annotate.transcript_text import find_pattern
from app.commands import CommandRegistry
from app.controllers.job_queue import Run, Standing
from app.controllers.review import ReviewController
from app.controllers.session_load import LoadedSession
from app.controllers.transcript_edits import TranscriptEdits
from app.controllers.transcript_files import TranscriptFiles
from app.controllers.transcription import ModelChoice, TranscriptionController
from app.controllers.voices import Voices
from app.lack_words import lack_words
from app.models.transcript import TranscriptLine, Who, whos
from app.views.transcript_commands import LINE_MENU, PANE_MENU, add_transcript_commands
from app.views.transcript_export import TranscriptExportDialog
from app.widgets.speakers_dialog import SpeakersDialog
from app.widgets.times import day_words
from app.widgets.transcript_editor import EditEnd
from app.widgets.transcript_view import TranscriptState, TranscriptView
from app.wording import sentence
from transcribe.voice_weights import weights_file


class TranscriptPane(QWidget):
    """Binds the view to the session's stored transcript and to its transcription.

    Signals:
        seek_requested(t_ns).
        play_requested, toggle_requested: play; play or pause.
        message(words, tone, (action's text, callable) | None).
        models_requested: the user wants to see the speech models.
    """

    seek_requested = Signal(object)
    play_requested = Signal()
    toggle_requested = Signal()
    message = Signal(str, str, object)
    models_requested = Signal()

    def __init__(
        self, controller: ReviewController, transcription: TranscriptionController, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commands: CommandRegistry | None = None
        self.edits = TranscriptEdits(controller, self)
        self.voices = Voices(controller, self.edits, self)
        self.files = TranscriptFiles(controller, self)
        self._edit_next = 0  # the segment whose text is to be corrected once it is there
        self._controller = controller
        self._transcription = transcription
        self._loaded: LoadedSession | None = None
        self._stored: StoredTranscript | None = None
        self._error: Exception | None = None
        self.view = TranscriptView(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.view.seek_requested.connect(self.seek_requested)
        self.view.transcribe_requested.connect(self._start)
        self.view.cancel_requested.connect(self._cancel)
        self.view.models_requested.connect(self.models_requested)
        transcription.models_found.connect(self._on_models)
        transcription.started.connect(self._on_start)
        transcription.progressed.connect(self._on_run)
        transcription.line_added.connect(self._on_line)
        transcription.ended.connect(self._on_ended)
        self.view.list.edited.connect(self._on_edited)
        self.view.list.play_requested.connect(self.toggle_requested)
        self.view.list.menu_requested.connect(self._show_menu)
        self.view.replace_requested.connect(self._replace)
        self.view.doubt_button.clicked.connect(lambda: self.go_doubt(1))
        self.view.more_menu.aboutToShow.connect(self._fill_more)
        self.files.exported.connect(self._on_exported)
        self.files.imported.connect(self._on_imported)
        for part in (self.files, self.voices):
            part.failed.connect(lambda error: self.message.emit(sentence(error), "warning", None))

    def add_commands(self, page: QWidget, commands: CommandRegistry) -> None:
        """Registers the pane's commands, whose keys work within `page`."""
        self._commands = commands
        add_transcript_commands(self, page, commands)
        self.view.list.selectionModel().selectionChanged.connect(lambda *_change: commands.refresh())

    def show_session(self, loaded: LoadedSession | None) -> None:
        """Another session, or none."""
        self._loaded, self._error = loaded, None
        self._stored = loaded.transcript if loaded is not None else None
        run = self._transcription.run_of(loaded.session.id) if loaded is not None else None
        self.view.model.set_lines(run.lines if run is not None else loaded.lines if loaded is not None else [])
        self._show_state()

    def show_stored(self, lines: list[TranscriptLine], transcript: StoredTranscript | None) -> None:
        """What the study has for the session now."""
        self._stored = transcript
        if self._loaded is None or self._transcription.run_of(self._loaded.session.id) is not None:
            return  # what is being heard right now is newer
        self.view.model.set_lines(lines)
        self.view.show_places()
        self._show_state()
        if self._edit_next:
            row, self._edit_next = self.view.model.row_of(self._edit_next), 0
            self.view.list.begin_edit(row)

    def show_time(self, t_ns: int) -> None:
        self.view.show_time(t_ns)

    def open_find(self) -> None:
        self.view.open_find()

    # -- what commands do --------------------------------------------------------------------------------------

    def has_session(self) -> bool:
        return self._loaded is not None

    def has_lines(self) -> bool:
        return self._loaded is not None and any(line.segment_id for line in self.view.model.lines()[:1])

    def has_line(self) -> bool:
        return bool(self._chosen())

    def can_restore(self) -> bool:
        return any(line.original is not None for line in self._chosen())

    def listen(self) -> None:
        """Plays the first chosen line."""
        lines = self._chosen()
        if lines:
            self.seek_requested.emit(lines[0].t_start_ns)
            self.play_requested.emit()

    def edit(self) -> None:
        rows = self._rows()
        if rows:
            self.view.list.begin_edit(rows[0])
            self.seek_requested.emit(self.view.model.line(rows[0]).t_start_ns)

    def verify(self) -> None:
        """The chosen lines are right; all of them verified already: they are not any more."""
        lines = self._chosen()
        right = not all(line.verified_by for line in lines)
        self.edits.verify([line.segment_id for line in lines if not right or not line.verified_by], right=right)

    def quote(self) -> None:
        """Makes a quote of the chosen lines, unless one of them is in doubt: then it says so and offers to listen."""
        lines = [line for line in self._chosen() if line.text]
        doubtful = next((line for line in lines if line.in_doubt), None)
        if doubtful is not None:
            words = self.tr(
                "Not quoted: nobody has listened to “{text}” yet. Listen; then V if it is right, or E to correct it."
            ).format(text=shortened(doubtful.text))
            self.message.emit(words, "warning", (self.tr("Listen"), lambda: self._listen_to(doubtful)))
        elif lines:
            text = " ".join(line.text for line in lines)
            end_ns = max(line.t_end_ns for line in lines)
            if self.edits.quote(lines[0].t_start_ns, end_ns, text) is not None:
                words = self.tr("Quoted: “{text}”").format(text=shortened(text))
                self.message.emit(words, "success", None)

    def next_speaker(self) -> None:
        """Gives the chosen lines to the next speaker; a single one stands for its turn."""
        rows = self._rows()
        if not rows:
            return
        if len(rows) == 1:
            rows = list(self.view.model.turn_of(rows[0]))
        lines = [self.view.model.line(row) for row in rows]
        self.edits.set_speaker([line.segment_id for line in lines], self._next_after(lines[0]))

    def next_speaker_of_all_like(self) -> None:
        lines = self._chosen()
        if lines:
            self.voices.give_alike(lines[0].segment_id, self._next_after(lines[0]))

    def join(self) -> None:
        """Joins the chosen lines; a single one with the next."""
        rows = self._rows()
        if len(rows) == 1:
            rows = [row for row in (rows[0], rows[0] + 1) if row < self.view.model.rowCount()]
        if len(rows) > 1:
            self.edits.join([self.view.model.line(row).segment_id for row in rows])

    def restore(self) -> None:
        line = next((line for line in self._chosen() if line.original is not None), None)
        if line is not None:
            self.edits.restore(line.segment_id)

    def go_doubt(self, step: int) -> None:
        """To the next line in doubt; playing goes on from there."""
        rows = self._rows() or [-1]
        row = self.view.model.next_doubtful(rows[0], step)
        if row >= 0:
            self.view.list.choose(row)
            self.view.list.setFocus()
            self.seek_requested.emit(self.view.model.line(row).t_start_ns)
        else:
            self.message.emit(self.tr("Nothing is in doubt in this transcript."), "info", None)

    def open_replace(self) -> None:
        self.view.open_replace()

    def open_speakers(self) -> None:
        """Asks who speaks."""
        self.edits.ensure_speakers()
        dialog = SpeakersDialog(self.edits, self.voices, self._whos, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def export_file(self) -> None:
        """Asks where to, and as what."""
        if self._loaded is None:
            return
        dialog = TranscriptExportDialog(self._loaded.session.participant_code, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(
            lambda out, form, times, speakers: self.files.export(out, form, times=times, speakers=speakers)
        )
        dialog.open()

    def import_file(self) -> None:
        """Asks for a file of subtitles."""
        kinds = self.tr("Subtitles (*.srt *.vtt *.SRT *.VTT);;All files (*)")
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Import subtitles"), str(Path.home()), kinds)
        if chosen:
            self.files.take_in(Path(chosen))

    # -- lines -------------------------------------------------------------------------------------------------

    def _rows(self) -> list[int]:
        """The chosen rows; without the focus on them, the one that is being said. None while it is being heard."""
        view = self.view
        if not self.has_lines():
            return []
        rows = view.list.selected_rows()
        if not rows:
            now = view.list.delegate.current_row
            rows = [now] if now >= 0 else []
        return rows

    def _chosen(self) -> list[TranscriptLine]:
        return [self.view.model.line(row) for row in self._rows()]

    def _whos(self) -> list[Who]:
        if self._loaded is None:
            return []
        return list(whos(self.edits.speakers(), self._loaded.session.participant_code).values())

    def _next_after(self, line: TranscriptLine) -> str:
        speakers = self.edits.ensure_speakers()
        ids = [speaker.id for speaker in speakers]
        at = ids.index(line.who.id) if line.who is not None and line.who.id in ids else -1
        return ids[(at + 1) % len(ids)]

    def _listen_to(self, line: TranscriptLine) -> None:
        row = self.view.model.row_of(line.segment_id)
        if row >= 0:
            self.view.list.choose(row)
            self.view.list.setFocus()
            self.seek_requested.emit(line.t_start_ns)
            self.play_requested.emit()

    def _on_edited(self, row: int, text: str, how: EditEnd, place: int) -> None:
        model = self.view.model
        if how is EditEnd.DROP or not 0 <= row < model.rowCount():
            return
        line = model.line(row)
        if how is EditEnd.SPLIT and text[:place].strip() and text[place:].strip():
            self._edit_next = self.edits.split(line.segment_id, text, place) or 0
            return
        other = row + {EditEnd.JOIN_BEFORE: -1, EditEnd.JOIN_AFTER: 1}.get(how, 0)
        if other != row and 0 <= other < model.rowCount():
            first = model.line(min(row, other)).segment_id
            self.edits.join([first, model.line(max(row, other)).segment_id], (line.segment_id, text))
            self._edit_next = first
            return
        if " ".join(text.split()) != line.text:
            self.edits.set_text(line.segment_id, text)
        target = row + {EditEnd.NEXT: 1, EditEnd.PREVIOUS: -1}.get(how, 0)
        if target != row and 0 <= target < model.rowCount():
            self.view.list.begin_edit(target)
            self.seek_requested.emit(model.line(target).t_start_ns)

    def _replace(self, find: str, by: str, whole_words: bool, here: bool) -> None:
        if here:
            self._replace_here(find, by, whole_words=whole_words)
            return
        count = self.edits.replace(find, by, whole_words=whole_words)
        words = (
            self.tr("%n place(s) replaced. Ctrl+Z takes it back.", "", count) if count else self.tr("Nothing found.")
        )
        self.message.emit(words, "info", None)

    def _replace_here(self, find: str, by: str, *, whole_words: bool) -> None:
        rows = self._rows()
        pattern = find_pattern(find, whole_words=whole_words)
        if rows:
            line = self.view.model.line(rows[0])
            text = pattern.sub(lambda _match: by, line.text)
            if text != line.text:
                self.edits.set_text(line.segment_id, text)
        self.view.find_next(1)

    # -- menus -------------------------------------------------------------------------------------------------

    def _show_menu(self, place: QPoint) -> None:
        if self._commands is None or not self.has_line():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_actions(menu, LINE_MENU)
        say = menu.addMenu(self.tr("Said by"))
        ids = [line.segment_id for line in self._chosen()]
        for who in self._whos():
            say.addAction(who.label, partial(self.edits.set_speaker, ids, who.id))
        say.addAction(self.tr("Nobody knows"), partial(self.edits.set_speaker, ids, None))
        menu.popup(place)

    def _fill_more(self) -> None:
        menu = self.view.more_menu
        menu.clear()
        if self._commands is None:
            return
        self._add_actions(menu, PANE_MENU)
        if self._can_hear_again():
            menu.insertMenu(self._commands.action("transcript.export"), self.view.models_menu)
            menu.insertSeparator(self._commands.action("transcript.export"))
        versions = self.edits.versions()
        if len(versions) < 2 and not any(version.origin == "import" for version in versions):
            return
        menu.addSeparator()
        section = menu.addMenu(self.tr("Versions"))
        for version in versions:
            action = section.addAction(version_words(version), partial(self.edits.show_version, version.id))
            action.setCheckable(True)
            action.setChecked(version.shown)
        shown = next((version for version in versions if version.shown), None)
        if shown is not None and shown.origin == "import":
            section.addSeparator()
            section.addAction(self.tr("Remove this import"), partial(self.edits.remove_import, shown.id))

    def _can_hear_again(self) -> bool:
        """Whether there is a transcript, and a recording to make another from: with a better model, or other words."""
        loaded = self._loaded
        return (
            self.view.state is TranscriptState.FULL
            and loaded is not None
            and loaded.bundle is not None
            and loaded.has_sound
            and not loaded.recording
        )

    def _add_actions(self, menu: QMenu, names: tuple[str, ...]) -> None:
        assert self._commands is not None
        for name in names:
            if name:
                self._commands.refresh(f"transcript.{name}")
                menu.addAction(self._commands.action(f"transcript.{name}"))
            else:
                menu.addSeparator()

    def _on_exported(self, report: TranscriptReport) -> None:
        words = self.tr("The transcript is in {path}.").format(path=report.path)
        if report.in_doubt:
            words += " " + self.tr("%n line(s) in it nobody has listened to yet.", "", report.in_doubt)
        self.message.emit(words, "success", None)

    def _on_imported(self, report: ImportReport) -> None:
        words = self.tr("%n line(s) imported. What was there before is kept under ⋯ › Versions.", "", report.segments)
        self.message.emit(words, "success", None)

    # -- state -------------------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        view, loaded = self.view, self._loaded
        view.set_about("")
        view.set_rest(None)
        view.set_lacking("")
        view.set_voices_missing(loaded is not None and loaded.has_sound and not self._tells_apart())
        if loaded is None:
            view.set_state(TranscriptState.NO_SESSION)
            return
        run = self._transcription.run_of(loaded.session.id)
        if run is not None:
            view.set_state(TranscriptState.BUSY, run.text)
            self._show_progress(run)
        elif self._error is not None:
            view.set_state(TranscriptState.BROKEN, sentence(self._error))
        elif self._stored is None:
            if loaded.has_sound:
                view.set_state(TranscriptState.EMPTY)
            else:
                view.set_state(TranscriptState.SILENT, self._why_silent(loaded))
        else:
            view.set_state(TranscriptState.FULL)
            view.set_about(self._about(self._stored))
            if self._stored.state in _CUT_OFF and self._can_hear_again():
                view.set_rest(self._stored.model or "")
            view.set_lacking(lack_words(self._stored.lacks))

    def _tells_apart(self) -> bool:
        """Whether speakers are told apart, or will be: by the voice model, or because it is done already."""
        whos = {line.who for line in self.view.model.lines() if line.who is not None}
        return len(whos) > 1 or weights_file() is not None

    def _why_silent(self, loaded: LoadedSession) -> str:
        if loaded.recording:
            return self.tr("The session is still being recorded.")
        if loaded.media is None:
            return self.tr("The recording’s file is not there or cannot be read.")
        return self.tr("The session was recorded without sound.")

    def _about(self, stored: StoredTranscript) -> str:
        parts = [part for part in (stored.model, stored.language) if part]
        if stored.state != "done":
            parts.append(self.tr("not finished"))
        return " · ".join(parts)

    def _start(self, model: str) -> None:
        loaded = self._loaded
        if loaded is None or loaded.bundle is None:
            return
        self._error = None
        self.view.model.set_lines([])
        self._transcription.start(loaded.session.id, loaded.bundle, model)

    def _cancel(self) -> None:
        if self._loaded is not None:
            self._transcription.cancel(self._loaded.session.id)

    def _is_here(self, session_id: str) -> bool:
        return self._loaded is not None and self._loaded.session.id == session_id

    def _on_start(self, session_id: str) -> None:
        """It begins, or begins again after a pause: what was heard before comes once more."""
        run = self._transcription.run_of(session_id)
        if run is not None and self._is_here(session_id):
            self.view.model.set_lines(run.lines)
        self._on_run(session_id)

    def _on_run(self, session_id: str) -> None:
        run = self._transcription.run_of(session_id)
        if run is None or not self._is_here(session_id):
            return
        if self.view.state is not TranscriptState.BUSY:
            self._show_state()
        self._show_progress(run)

    def _show_progress(self, run: Run) -> None:
        at_work = run.standing is Standing.RUNNING
        self.view.set_lacking(lack_words(run.lacks))
        self.view.set_progress(run.fraction if at_work else run.fraction or 0.0, run.text)
        if at_work:
            self.view.set_waiting("", "")
        else:
            paused = self.tr("Go on with it in the activity panel (Ctrl+J).")
            self.view.set_waiting(
                run.text, paused if run.standing is Standing.PAUSED else self.tr("It goes on by itself.")
            )

    def _on_line(self, session_id: str, line: TranscriptLine) -> None:
        if self._is_here(session_id):
            self.view.model.add_line(line)
            if self.view.model.rowCount() == 1:
                self._show_state()

    def _on_ended(self, session_id: str, error: Exception | None) -> None:
        if not self._is_here(session_id):
            return
        self._error = error
        self._show_state()
        self._controller.refresh_transcript()

    def _on_models(self, choices: list[ModelChoice], chosen: str) -> None:
        words = {c.name: self._model_words(c) for c in choices}
        self.view.set_models(list(words.items()))
        size = next((c.size_bytes for c in choices if c.name == chosen), 0)
        if size:
            text = self.tr("Download “{name}” ({size} MB) and transcribe").format(name=chosen, size=size // 1_000_000)
        else:
            text = self.tr("Transcribe")
        self.view.transcribe_button.setText(text)

    def _model_words(self, choice: ModelChoice) -> str:
        if not choice.size_bytes:
            return self.tr("on this computer")
        return self.tr("{size} MB to download").format(size=choice.size_bytes // 1_000_000)


_CUT_OFF = frozenset({"partial", "failed"})
_QUOTE_SHOWN = 60


def shortened(text: str) -> str:
    """The beginning of a text, for a sentence about it."""
    return text if len(text) <= _QUOTE_SHOWN else text[:_QUOTE_SHOWN].rsplit(" ", 1)[0] + " …"


def version_words(version: TranscriptVersion) -> str:
    """What a version is called in the menu."""

    def tr(text: str, count: int = -1) -> str:
        return QCoreApplication.translate("TranscriptPane", text, "", count)

    parts = [tr("Imported") if version.origin == "import" else version.model or tr("Heard here")]
    parts.append(day_words(datetime.fromisoformat(version.created_utc).astimezone()))
    if version.touched:
        parts.append(tr("%n line(s) corrected or heard", version.touched))
    if version.state != "done":
        parts.append(tr("not finished"))
    return " · ".join(parts)
