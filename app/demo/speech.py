"""Speech for the demo's participants: synthesised by espeak-ng, played into the private desktop's sink."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from app.demo.desktop import SINK, DesktopError


class Voice:
    """One speaker. Sentences are synthesised ahead (`prepare`), so that saying one starts at once."""

    def __init__(self, folder: Path, *, name: str = "en-us+m3", words_per_minute: int = 150) -> None:
        self._folder = folder
        self._name = name
        self._rate = words_per_minute
        self._playing: subprocess.Popen[bytes] | None = None

    def prepare(self, text: str) -> Path:
        """The WAV file of a sentence, made if it isn't there."""
        file = self._folder / f"{hashlib.sha256(f'{self._name} {text}'.encode()).hexdigest()[:16]}.wav"
        if not file.exists():
            command = ["espeak-ng", "-v", self._name, "-s", str(self._rate), "-w", str(file), text]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise DesktopError("espeak-ng cannot speak: " + done.stderr.strip()[-200:])
        return file

    def say(self, text: str) -> None:
        """Starts saying `text`, after what is still being said."""
        self.finish()
        self._playing = subprocess.Popen(["paplay", f"--device={SINK}", str(self.prepare(text))])

    def finish(self) -> None:
        """Waits until all is said."""
        if self._playing is not None:
            self._playing.wait(60)
            self._playing = None
