"""Makes Qt's media objects so that they cannot hang a Python program.

The player's threads end while the main thread waits for them with the GIL held. Nothing in them may want the GIL
then: no message to the app's message handler, which is Python, and no question about Python overrides.
"""

from __future__ import annotations

from PySide6.QtCore import QLoggingCategory, QObject, SignalInstance
from PySide6.QtMultimedia import QAudioDevice, QAudioOutput, QMediaPlayer, QVideoSink


def make_player(parent: QObject) -> tuple[QMediaPlayer, QVideoSink]:
    """A player that shows its frames to the sink, keeps the voice's pitch at any speed if it can, and has no sound."""
    player, sink = make_sound_player(parent), QVideoSink(parent)
    _settle_notifications(sink.videoSizeChanged)
    player.setVideoSink(sink)
    return player, sink


def make_sound_player(parent: QObject) -> QMediaPlayer:
    """A player without a picture; whoever made it gives it a way out for the sound."""
    QLoggingCategory.setFilterRules("qt.multimedia.*=false")  # what goes wrong comes by signal too
    player = QMediaPlayer(parent)
    if player.pitchCompensationAvailability() is QMediaPlayer.PitchCompensationAvailability.Available:
        player.setPitchCompensation(True)
    return player


def make_audio(device: QAudioDevice, parent: QObject) -> QAudioOutput:
    """A way out for the sound."""
    audio = QAudioOutput(device, parent)
    _settle_notifications(audio.volumeChanged)
    return audio


def _settle_notifications(signal: SignalInstance) -> None:
    """Lets PySide find out once, on the main thread, that nobody overrides (dis)connectNotify of the signal's owner.

    It asks when it is first called, under the GIL, and keeps the answer. The first call would else come from one of
    the player's threads that ends: about one close in twenty hung.
    """

    def nothing(*_arguments: object) -> None:
        pass

    signal.connect(nothing)
    signal.disconnect(nothing)
