"""What a participant agreed to, in words, for the window and the command line. No Qt."""

from __future__ import annotations

from collections.abc import Collection

from capture.config import Scope

_SCOPES = {
    Scope.SCREEN: "screen",
    Scope.VOICE: "voice",
    Scope.FACE: "face",
    Scope.KEYS: "kinds of keys",
}


def consent_words(version: int | None, scopes: Collection[str] | None) -> str:
    """ "screen, voice", or that the form was agreed to as a whole, or that no consent was noted.

    Args:
        version: Of the consent form; None where none was agreed to.
        scopes: What was agreed to, as values of `Scope`; None where it wasn't asked one by one.
    """
    if version is None:
        return "not noted"
    if scopes is None:
        return f"form, version {version}"
    return ", ".join(words for scope, words in _SCOPES.items() if scope in scopes) or "nothing"
