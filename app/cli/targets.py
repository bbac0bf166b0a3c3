"""`moderato targets`: set up where findings go to. A token is asked for or read from standard input, never given."""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import json
import sys
from typing import Any

from annotate.backlog import secrets
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.plan import TargetConfig
from annotate.backlog.targets import checked, kind_named, kinds, opened
from annotate.store import StudyStore
from app.cli.places import open_study
from transcribe.cancel import CancelToken

_OPTIONS = {"base_url": "--url", "project": "--project", "account": "--account", "ca_file": "--ca-file"}
"""Settings that have an option of their own; the others go by --set."""


def run(options: argparse.Namespace) -> int:
    """Does what `options.verb` says."""
    with open_study(options.study) as store:
        match options.verb:
            case "add":
                return _add(store, options)
            case "list":
                return _list(store, as_json=options.json)
            case "test":
                return _test(store.target(options.name), options)
            case _:
                config = store.target(options.name)
                store.remove_target(config.id)
                secrets.forget(config)
                print(f"{config.name} is forgotten. What was sent there stays there.")
                return 0


def token_for(config: TargetConfig, options: argparse.Namespace) -> str:
    """The token of a target: from standard input where that was said, else from the keyring, else asked for."""
    kind = kind_named(config.kind)
    if not kind.token:
        return ""
    if options.token_stdin:
        return sys.stdin.readline().strip()
    token = secrets.token_of(config)
    if not token and sys.stdin.isatty():
        token = getpass.getpass(f"{kind.token} for {config.name}: ").strip()
    if not token:
        raise BacklogError(BacklogCode.NO_TOKEN, config.name)
    return token


def _add(store: StudyStore, options: argparse.Namespace) -> int:
    same = [one for one in store.targets() if one.name.casefold() == options.name.strip().casefold()]
    before = same[0] if same else None
    kind = options.kind or (before.kind if before is not None else "")
    if not kind:
        raise BacklogError(BacklogCode.SETTING_MISSING, "--kind")
    mapping: dict[str, Any] = dict(before.mapping) if before is not None else {}
    mapping.update(_setting(text) for text in options.settings)
    if options.ca_file is not None:
        mapping["ca_file"] = str(options.ca_file.absolute())
    wanted = TargetConfig(
        before.id if before is not None else "",
        kind,
        options.name,
        options.url or (before.base_url if before is not None else ""),
        options.project or (before.project if before is not None else ""),
        options.account or (before.account if before is not None else ""),
        mapping,
    )
    try:
        config = checked(wanted)
    except BacklogError as error:
        if error.code is BacklogCode.SETTING_MISSING:
            raise BacklogError(error.code, _option(error.detail)) from error
        raise
    secret = ""
    if kind_named(kind).token and (options.token_stdin or sys.stdin.isatty()):
        if options.token_stdin:
            secret = sys.stdin.readline().strip()
        else:
            secret = getpass.getpass(f"{kind_named(kind).token} (empty: keep the one there is): ").strip()
    config = store.put_target(config)
    print(f"{config.name} is set up. `moderato targets test` sees whether it can be written to.")
    if secret and not secrets.keep(config, secret):
        print(
            "moderato: This system has no keyring, so the token is not kept. Give it to `test` and `export` "
            "with --token-stdin.",
            file=sys.stderr,
        )
    return 0


def _option(setting: str) -> str:
    return _OPTIONS.get(setting, f"--set {setting}=…")


def _setting(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise BacklogError(BacklogCode.SETTING_INVALID, text)
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = value
    return name.strip(), parsed if isinstance(parsed, dict | list) else value.strip()


def _list(store: StudyStore, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps([dataclasses.asdict(one) for one in store.targets()], ensure_ascii=False, indent=2))
        return 0
    targets = store.targets()
    for one in targets:
        where = " ".join(part for part in (one.base_url, one.project) if part)
        print(f"{one.name}  ({one.kind}{': ' + where if where else ''})")
    if not targets:
        print("No target is set up. `moderato targets add STUDY NAME --kind KIND` sets one up.")
    print("\nKinds:")
    for kind in kinds():
        needed = [_option(one.name) for one in kind.settings if one.required and not one.default]
        may = [f"[{_option(one.name)}]" for one in kind.settings if not one.required or one.default]
        print(f"  {kind.name:12} {kind.label}")
        if needed or may:
            print(f"  {'':12}   {' '.join([*needed, *may])}")
    return 0


def _test(config: TargetConfig, options: argparse.Namespace) -> int:
    with opened(config, token_for(config, options), CancelToken()) as target:
        health = target.check()
    for words in health.words:
        print(words)
    for problem in health.problems:
        print(f"moderato: {problem}.", file=sys.stderr)
    return 0 if health.good else 1
