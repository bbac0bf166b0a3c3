"""What a mutation of the study did, as a value: enough to refresh views, to undo it and to write history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SqlValue = str | int | float | None
"""What a column of the study holds."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row inserted (`before` is None), deleted (`after` is None), or changed.

    `key` names the primary key's columns in their order. For an insert or a delete the mappings hold the whole
    row; for a change they hold the changed columns only.
    """

    table: str
    key: tuple[tuple[str, SqlValue], ...]
    before: Mapping[str, SqlValue] | None
    after: Mapping[str, SqlValue] | None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The rows one transaction changed, in the order in which it changed them."""

    rows: tuple[RowChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was changed: there is nothing to undo or to refresh."""
        return not self.rows

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(row.table for row in self.rows)

    def ids(self, table: str) -> frozenset[SqlValue]:
        """The first key column of each changed row of a table: the row's id.

        Link tables lead with their owner: `observation_tag` with the observation, `issue_observation` with the
        issue, `word` with the segment.
        """
        return frozenset(row.key[0][1] for row in self.rows if row.table == table)
