"""The streams of a recording: which sources there are, and the stages behind each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capture import audio, camera, screen, windows
from capture import input as input_
from capture.audio import AudioSource
from capture.camera import CameraSource
from capture.camera.track import CameraTrack
from capture.config import RecorderConfig
from capture.encode import AUDIO_RATE
from capture.errors import CaptureCode, CaptureError
from capture.events import IntervalKind
from capture.health import Health
from capture.input import InputSource
from capture.journal import JournalStage
from capture.jsonvalue import JsonObject
from capture.keeper import Keeper, Kept, Watchable
from capture.layout import Layout
from capture.manifest import StreamInfo
from capture.mux import Muxer
from capture.names import STREAM_IDS
from capture.permissions import session_type
from capture.protocol import StreamStatus
from capture.screen import ScreenInfo, ScreenSource
from capture.session import Session
from capture.sound import LOSS_CODES, AudioStage
from capture.sync import PTS_RATE
from capture.video import ScreenStage, VideoStage
from capture.windows import WindowSource
from capture.writer import CaptureWriter

_POINTER_SAMPLES = 24
"""Of every eighth line and column, as many as a pointer of 36 pixels covers, and some."""

SCREEN_ID, INPUT_ID, CAMERA_ID = STREAM_IDS["screen"], STREAM_IDS["input"], STREAM_IDS["camera"]
FIRST_DATA_TIMEOUT_S = 10.0
SYSTEM_SOUND_PATIENCE_S = 2.0
DELIVERS_WITHIN_S = 1.5


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the streams come from; those that aren't recorded are `None`."""

    screen: ScreenSource
    audio: AudioSource | None
    input: InputSource | None
    system: AudioSource | None = None
    camera: CameraSource | None = None
    windows: WindowSource | None = None


def system_sources(config: RecorderConfig) -> Sources:
    """The sources of this system, not yet open. On Wayland no program hears others' input, nor knows their windows.

    Raises:
        CaptureError: NO_DISPLAY and the like, when a back-end can't even be loaded.
    """
    hears_others = session_type() != "wayland"
    return Sources(
        screen=screen.create(config),
        audio=None if config.mic is None else audio.create(config.mic),
        input=input_.create(config.keys) if hears_others else None,
        system=None if config.system is None else audio.create_system(config.system),
        camera=None if config.camera is None else camera.create(config.camera),
        windows=windows.create(with_titles=config.window_titles) if config.windows and hears_others else None,
    )


class Streams:
    """Opens the sources, holds their stages, and ends them in order: source, encoder, journal.

    Used by one thread at a time.
    """

    def __init__(
        self,
        session: Session,
        health: Health,
        config: RecorderConfig,
        sources: Sources,
        *,
        file: str,
        camera_file: str,
        put_preview: Callable[[bytes], None],
        wants_preview: Callable[[], bool],
        on_broken: Callable[[Exception], None],
    ) -> None:
        """`on_broken` is called, on any thread, when the recording can't go on at all."""
        self._session = session
        self._health = health
        self._config = config
        self._sources = sources
        self._file = file
        self._camera_file = camera_file
        self._put_preview = put_preview
        self._wants_preview = wants_preview
        self._keeper = Keeper(health, self._losing("input"))
        self._screen: ScreenStage | None = None
        self._video: VideoStage | None = None
        self.sounds: dict[str, AudioStage] = {}
        """The sound tracks by kind, in their order in the file."""
        self.journal = JournalStage(session, health, on_broken)
        self.camera: CameraTrack | None = None
        if sources.camera is not None:
            put_row = self.journal.put_row
            self.camera = CameraTrack(session, health, sources.camera, put_row=put_row, on_broken=on_broken)
        self.infos: tuple[StreamInfo, ...] = ()
        self.size = (0, 0)

    def open(self) -> None:
        """Opens every source and waits until screen, sound and camera have delivered.

        Raises:
            CaptureError: why it can't be recorded; `stop` must still be called.
        """
        if self.camera is not None:
            self.camera.open()  # takes the longest, and on a thread of its own
        self._open_screen()
        self._open_sound("mic", self._sources.audio)
        self._open_sound("system", self._sources.system)
        self._open_input()
        self._open_windows()
        assert self._screen is not None
        if not self._screen.first_frame.wait(FIRST_DATA_TIMEOUT_S):
            raise CaptureError(CaptureCode.NO_DISPLAY, "no picture came")
        for kind, sound in self.sounds.items():
            # An output that nothing was played on yet may sleep: its silence is no reason not to begin.
            patience_s = FIRST_DATA_TIMEOUT_S if kind == "mic" else SYSTEM_SOUND_PATIENCE_S
            if not sound.first_block.wait(patience_s) and kind == "mic":
                raise CaptureError(LOSS_CODES[kind], "no sound came")
        if self.camera is not None:
            self.infos += (self.camera.wait_open(CAMERA_ID, self._camera_file, FIRST_DATA_TIMEOUT_S),)
        self._keeper.start()

    def begin(self, mux: Muxer, writer: CaptureWriter) -> None:
        """From now on everything is kept; the session's clock must run."""
        assert self._video is not None
        self.journal.begin(writer)
        self._video.begin(mux, SCREEN_ID)
        for sound in self.sounds.values():
            sound.begin(mux)
        if self.camera is not None:
            self.camera.begin(CAMERA_ID)
        self.wake()

    def wake(self) -> None:
        """A pause or the recording has begun or ended."""
        if self._screen is not None:
            self._screen.wake()

    def stop(self) -> bool:
        """Ends sources and stages; what has arrived is worked off. False if one didn't end in time."""
        self._keeper.stop()
        has_ended = True
        if self._screen is not None:
            self._screen.stop()
        if self._video is not None:
            has_ended &= self._video.join()
        for sound in self.sounds.values():
            has_ended &= sound.stop()
        if self.camera is not None:
            self.camera.stop()
        return has_ended & self.journal.stop()

    @property
    def camera_bytes(self) -> int:
        """Size of the camera's file so far."""
        return self.camera.bytes_written if self.camera is not None else 0

    @property
    def frames(self) -> int:
        return self._video.frames if self._video else 0

    @property
    def dropped(self) -> int:
        return self._screen.queue.dropped if self._screen else 0

    @property
    def fps(self) -> float:
        return self._screen.fps if self._screen else 0.0

    def brightest(self) -> int | None:
        """The brightest luminance of the picture taken last, 0-255, looked up in every eighth line and column.

        As much as a pointer covers is passed over: it is drawn upon a black screen as well.
        """
        picture = self._screen.latest if self._screen else None
        if picture is None:
            return None
        seen = np.sort(picture[: picture.shape[0] * 2 // 3 : 8, ::8], axis=None)
        return int(seen[-1 - min(_POINTER_SAMPLES, len(seen) // 50)])

    def take_layout(self) -> tuple[int, Layout] | None:
        """Session time since when the displays are where, and what of them is recorded, if new since the last call."""
        found = self._sources.screen.take_layout()
        if found is None:
            return None
        t_ns = self._session.t_ns(found[0])
        return t_ns or 0, found[1]

    def pointer(self) -> tuple[int, int] | None:
        """Where the screen shows the pointer; `None` where that can't be told."""
        return self._sources.screen.pointer()

    def statuses(self) -> tuple[StreamStatus, ...]:
        """How each stream goes, screen first."""
        result = []
        if self._screen is not None:
            age, fps, dropped = self._screen.age_ns, self.fps, self.dropped
            result.append(StreamStatus("screen", age, fps=fps, dropped=dropped, code=self._health.code("screen")))
        for kind, sound in self.sounds.items():
            level, peak = sound.level or (0.0, 0.0)
            code = self._health.code(kind)
            result.append(StreamStatus(kind, sound.age_ns, level, peak, dropped=sound.dropped, code=code))
        if CAMERA_ID in {info.id for info in self.infos} and self.camera is not None:
            result.append(self.camera.status())
        if INPUT_ID in {info.id for info in self.infos}:
            overflow, code = self.journal.overflow, self._health.code("input")
            result.append(StreamStatus("input", self.journal.age_ns, dropped=overflow, code=code))
        if self._sources.windows is not None:
            result.append(StreamStatus("window", code=self._health.code("window")))
        return tuple(result)

    def _open_screen(self) -> None:
        stage = ScreenStage(self._session, self._sources.screen, self._config.fps, self._health, self._losing("screen"))
        info = stage.open()
        self._screen = stage
        self._video = VideoStage(
            self._session,
            stage.queue,
            info,
            put_row=self.journal.put_row,
            put_preview=self._put_preview,
            wants_preview=self._wants_preview,
            on_error=self._losing("screen"),
        )
        self._video.start()
        stage.start()
        self.size = (info.width, info.height)
        self.infos += (StreamInfo(SCREEN_ID, "screen", self._file, 0, info.name, self._geometry(info)),)

    def _geometry(self, info: ScreenInfo) -> JsonObject:
        return {
            "x": info.x,
            "y": info.y,
            "width": info.width,
            "height": info.height,
            "fps": self._config.fps,
            "codec": "h264",
            "time_base": PTS_RATE,
        }

    def _open_sound(self, kind: str, source: AudioSource | None) -> None:
        if source is None:
            return
        stage = AudioStage(kind, self._session, self._health, self._losing(kind))
        info = source.start(stage.sink)

        latest = info

        def restart() -> None:
            nonlocal latest
            stage.next_block.clear()
            latest = source.start(stage.sink)
            # A sound server that is still waking up opens streams that never deliver.
            if kind == "mic" and not stage.next_block.wait(DELIVERS_WITHIN_S):
                source.stop()
                raise CaptureError(LOSS_CODES[kind], "no sound came")

        def tell() -> None:
            self._health.recover(kind, topic="device")
            if latest.is_substitute:
                code = CaptureCode.MICROPHONE_SWITCHED
                self._health.lose(kind, code, latest.name, kind=IntervalKind.DEGRADED, topic="device")

        code = None if kind == "mic" else LOSS_CODES[kind]
        self._keeper.add(Kept(kind, source, restart, tell, code))
        self.sounds[kind] = stage
        stage.start()
        form: JsonObject = {"rate": AUDIO_RATE, "device_rate": info.rate, "channels": 1, "codec": "aac"}
        self.infos += (StreamInfo(STREAM_IDS[kind], kind, self._file, len(self.sounds), info.name, form),)

    def _open_input(self) -> None:
        source = self._sources.input
        if source is None:
            return

        def start() -> None:
            source.start(self.journal.input_sink)

        self._keep_if_told("input", source, start)
        self.infos += (StreamInfo(INPUT_ID, "input", None, None, None, {"keys": self._config.keys.value}),)

    def _open_windows(self) -> None:
        source = self._sources.windows
        if source is None:
            return
        is_told = self._keep_if_told("window", source, lambda: source.start(self.journal.window_sink))
        form: JsonObject = {"titles": self._config.window_titles, "told": is_told}
        self.infos += (StreamInfo(STREAM_IDS["window"], "window", None, None, None, form),)

    def _keep_if_told(self, kind: str, source: Watchable, start: Callable[[], None]) -> bool:
        """Starts what a recording can do without, and keeps an eye on it."""
        kept = Kept(kind, source, start)
        try:
            start()
        except CaptureError as error:
            kept.is_down = True
            self._health.lose(kind, error.code, error.detail)
        self._keeper.add(kept)
        return not kept.is_down

    def _losing(self, stream: str) -> Callable[[Exception], None]:
        def lose(error: Exception) -> None:
            if isinstance(error, CaptureError):
                self._health.lose(stream, error.code, error.detail)
            else:
                self._health.lose(stream, CaptureCode.INTERNAL, type(error).__name__)

        return lose
