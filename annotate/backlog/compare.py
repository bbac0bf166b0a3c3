"""What we last wrote, what we would write now, and what is there: which fields to send, and which to ask about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from annotate.backlog.plan import FieldDiff, Fields, Json, Side


def compare(
    names: Sequence[tuple[str, str]],
    ours: Mapping[str, str],
    sent: Mapping[str, str] | None,
    theirs: Mapping[str, str],
) -> tuple[FieldDiff, ...]:
    """The fields that need sending or asking.

    Args:
        names: the fields that are compared, with what a user calls them.
        ours: each field's value now, as text without markup.
        sent: the values as we last wrote them; None where that isn't known (an issue found by its mark).
        theirs: the values in the tracker.

    Returns:
        A field whose value only we changed: to be sent (`keep` OURS). One that people changed, whether we did or
        not: with their value, to be kept unless somebody decides otherwise. Fields that are equal on both sides, or
        that people changed and we didn't, are left out: what people did is not overwritten.
    """
    diffs: list[FieldDiff] = []
    for name, label in names:
        mine, other = _same(ours.get(name, "")), _same(theirs.get(name, ""))
        if mine == other:
            continue
        before = None if sent is None else _same(sent.get(name, ""))
        if before == mine:
            continue
        if before == other:
            diffs.append(FieldDiff(name, label, before, ours.get(name, "")))
        else:
            diffs.append(FieldDiff(name, label, before or "", ours.get(name, ""), theirs.get(name, ""), Side.THEIRS))
    return tuple(diffs)


def chosen(diffs: Iterable[FieldDiff]) -> list[str]:
    """The names of the fields that will be sent."""
    return [diff.name for diff in diffs if diff.keep is Side.OURS]


def written(sent: Mapping[str, Json] | None, fields: Fields, diffs: Iterable[FieldDiff]) -> Fields:
    """What counts as last written by us after an update.

    A field that was left to the others without anybody's word stays as it was, so that the next run asks again. One
    that a person decided on counts as written, so that it is asked about only when our side has changed since.
    """
    if sent is None:
        left = {diff.name for diff in diffs if diff.keep is Side.THEIRS and not diff.decided}
        return {name: value for name, value in fields.items() if name not in left}
    result = dict(sent)
    for diff in diffs:
        if (diff.keep is Side.OURS or diff.decided) and diff.name in fields:
            result[diff.name] = fields[diff.name]
    return result


def same(left: str, right: str) -> bool:
    """Trackers trim, and change line ends; neither is somebody's edit."""
    return _same(left) == _same(right)


def _same(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
