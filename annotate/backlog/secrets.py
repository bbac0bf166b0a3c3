"""Tokens: in the system's keyring, or in this process's memory where there is none. Never in a file of ours.

The owner of `keyring`; it is imported where it is used, since its back-ends take a while.
"""

from __future__ import annotations

from annotate.backlog.plan import TargetConfig

SERVICE = "moderato"
_memory: dict[str, str] = {}


def slot(config: TargetConfig) -> str:
    """Under which name a target's token is kept: one for each account of a server, whatever the study."""
    return f"{config.kind}|{config.base_url}|{config.account or config.project}"


def keep(config: TargetConfig, token: str) -> bool:
    """Keeps a token; False: the system has no keyring, and it is forgotten when the program ends."""
    import keyring
    from keyring.errors import KeyringError

    _memory[slot(config)] = token
    try:
        keyring.set_password(SERVICE, slot(config), token)
    except (KeyringError, OSError, RuntimeError):
        return False
    return True


def token_of(config: TargetConfig) -> str:
    """The token, empty where none is known."""
    import keyring
    from keyring.errors import KeyringError

    if slot(config) in _memory:
        return _memory[slot(config)]
    try:
        return keyring.get_password(SERVICE, slot(config)) or ""
    except (KeyringError, OSError, RuntimeError):
        return ""


def forget(config: TargetConfig) -> None:
    """Takes a token out of keyring and memory; one that isn't there is no matter."""
    import keyring
    from keyring.errors import KeyringError

    _memory.pop(slot(config), None)
    try:
        keyring.delete_password(SERVICE, slot(config))
    except (KeyringError, OSError, RuntimeError):
        return
