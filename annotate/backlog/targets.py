"""The kinds of targets there are: those that Moderato brings, and those of entry points (`docs/targets.md`)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

from annotate.backlog import github, jira, redmine, settings
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.files import IMPORTERS, FileTarget
from annotate.backlog.finding import Finding
from annotate.backlog.http import Http, Waiting
from annotate.backlog.links import LinkStore
from annotate.backlog.plan import Capabilities, ExportPlan, ItemResult, TargetConfig, TargetHealth
from annotate.backlog.settings import Kind
from annotate.backlog.tracker import Tracker, TrackerTarget
from transcribe.cancel import CancelToken

GROUP = "moderato.targets"
"""The entry points' group: each names a `TrackerKind`."""


class BacklogTarget(Protocol):
    """Where findings go. Its parts run on one thread, and not on the window's."""

    id: str
    capabilities: Capabilities

    def check(self) -> TargetHealth:
        """Whether all is set for an export. Writes nothing."""

    def plan(
        self, findings: Sequence[Finding], links: LinkStore, *, files: bool = False, again: frozenset[str] = frozenset()
    ) -> ExportPlan:
        """What an export would do now."""

    def apply(self, plan: ExportPlan, links: LinkStore) -> Iterator[ItemResult]:
        """Does just that, an issue at a time."""


@dataclass(frozen=True, slots=True)
class TrackerKind:
    """A tracker that is spoken to: what it has to be told, what says who asks, and its adapter."""

    kind: Kind
    headers: Callable[[TargetConfig, str], dict[str, str]]
    tracker: Callable[[TargetConfig, Http], Tracker]


_OWN = (
    TrackerKind(jira.CLOUD, jira.headers, jira.JiraTracker),
    TrackerKind(jira.SERVER, jira.headers, jira.JiraTracker),
    TrackerKind(redmine.KIND, redmine.headers, redmine.RedmineTracker),
    TrackerKind(github.KIND, github.headers, github.GitHubTracker),
)


@functools.cache
def trackers() -> dict[str, TrackerKind]:
    """Every tracker by its kind's name; one of an entry point never takes the place of one of ours."""
    found = {one.kind.name: one for one in _OWN}
    for point in entry_points(group=GROUP):
        more = point.load()
        if isinstance(more, TrackerKind):
            found.setdefault(more.kind.name, more)
    return found


def kinds() -> list[Kind]:
    """What can be set up, trackers first."""
    return [*(one.kind for one in trackers().values()), *(one.kind for one in IMPORTERS.values())]


def kind_named(name: str) -> Kind:
    """Raises BacklogError(TARGET_KIND)."""
    for kind in kinds():
        if kind.name == name:
            return kind
    raise BacklogError(BacklogCode.TARGET_KIND, f"{name} ({', '.join(one.name for one in kinds())})")


def checked(config: TargetConfig) -> TargetConfig:
    """The configuration with its defaults filled in, or what is missing in it.

    Raises:
        BacklogError: TARGET_KIND, SETTING_MISSING, SETTING_INVALID, ADDRESS_INVALID, INSECURE.
    """
    from annotate.backlog.http import checked_address

    kind = kind_named(config.kind)
    basics = {"base_url": config.base_url, "project": config.project, "account": config.account}
    mapping: dict[str, Any] = dict(config.mapping)
    for setting in kind.settings:
        value = basics.get(setting.name) if setting.name in basics else mapping.get(setting.name)
        if not value and setting.default:
            value = setting.default
        if setting.required and not value:
            raise BacklogError(BacklogCode.SETTING_MISSING, setting.name)
        if setting.options and value not in setting.options:
            raise BacklogError(BacklogCode.SETTING_INVALID, f"{setting.name} ({', '.join(setting.options)})")
        if setting.name in basics:
            basics[setting.name] = str(value or "").strip()
        elif value:
            mapping[setting.name] = value
    if basics["base_url"]:
        basics["base_url"] = checked_address(basics["base_url"])
    settings.constants(mapping)
    settings.priorities(mapping)
    return TargetConfig(config.id, config.kind, config.name.strip(), **basics, mapping=mapping)


@contextmanager
def opened(
    config: TargetConfig,
    token: str,
    cancel: CancelToken,
    *,
    out: Path | None = None,
    on_wait: Waiting | None = None,
    transport: Any = None,
) -> Iterator[BacklogTarget]:
    """The target of a configuration, with its connection for as long as the `with` block lasts.

    Raises:
        BacklogError: TARGET_KIND, NO_TOKEN, and as `Http` says.
    """
    if config.kind in IMPORTERS:
        yield FileTarget(config, out, cancel)
        return
    found = trackers().get(config.kind)
    if found is None:
        raise BacklogError(BacklogCode.TARGET_KIND, config.kind)
    if not token:
        raise BacklogError(BacklogCode.NO_TOKEN, config.name)
    ca_file = settings.text(config.mapping, "ca_file")
    headers = found.headers(config, token)
    with Http(
        config.base_url,
        headers,
        cancel=cancel,
        ca_file=Path(ca_file) if ca_file else None,
        on_wait=on_wait,
        transport=transport,
    ) as http:
        yield TrackerTarget(config.id, found.tracker(config, http), cancel)
