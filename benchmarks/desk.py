"""A private desktop to measure on: nothing of the user's is touched."""

from __future__ import annotations

from collections.abc import Callable

from app.demo.desktop import DesktopError, PrivateDesktop


def on_private_desktop(work: Callable[[], None]) -> int:
    """Runs `work` with this process on a private desktop; the exit code: 1, with a sentence, if there can be none."""
    desktop = PrivateDesktop()
    try:
        desktop.start()
    except DesktopError as error:
        print(error)
        return 1
    try:
        desktop.adopt()
        work()
    finally:
        desktop.stop()
    return 0
