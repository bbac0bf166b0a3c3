"""JSON as types, and reading it with checks: what comes from a file or a socket is never trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar, cast

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]

_T = TypeVar("_T")


def dumps(value: JsonValue) -> str:
    """Compact JSON text; raises `ValueError` for NaN and infinities, which JSON doesn't have."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads_object(text: str | bytes) -> JsonObject:
    """Parses JSON text that must be an object; raises `ValueError` otherwise."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error
    return as_object(value)


def as_object(value: JsonValue) -> JsonObject:
    """The value as an object; raises `ValueError` if it is none."""
    if not isinstance(value, Mapping):
        raise ValueError("a JSON object was expected")  # noqa: TRY004
    return value


def as_list(value: JsonValue) -> Sequence[JsonValue]:
    """The value as a list; raises `ValueError` if it is none."""
    if not isinstance(value, list | tuple):
        raise ValueError("a JSON list was expected")  # noqa: TRY004
    return cast("Sequence[JsonValue]", value)


def get(source: JsonObject, key: str, kind: type[_T]) -> _T:
    """The value under `key`, which must be of `kind` (a bool is no int, an int passes for a float).

    Raises:
        ValueError: the key is missing or holds something else.
    """
    value = source.get(key)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return cast("_T", float(value))
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{key!r} must be {kind.__name__}")
    return value


def get_optional(source: JsonObject, key: str, kind: type[_T]) -> _T | None:
    """As `get`, but a missing key or a null is `None`."""
    return None if source.get(key) is None else get(source, key, kind)
