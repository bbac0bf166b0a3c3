"""Walks a program's accessibility tree as a screen reader does, and prints it as JSON.

Run by the system's Python (`/usr/bin/python3`), which has the bindings; waits for what is asked for on standard input:
{"title": part of the window's title, "wait_for": names that must be there, "seconds": patience}.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402


def walk(node: Any, depth: int = 0) -> list[dict[str, Any]]:
    """All of a window that can be seen, from the top; rows of long lists are cut off."""
    found: list[dict[str, Any]] = []
    try:
        states = node.get_state_set()
        role = node.get_role_name()
        showing = states.contains(Atspi.StateType.SHOWING)
        if not showing and depth > 0:
            return []
        found.append(
            {
                "role": role,
                "name": node.get_name() or "",
                "description": node.get_description() or "",
                "focusable": states.contains(Atspi.StateType.FOCUSABLE),
                "depth": depth,
            }
        )
        for number in range(min(node.get_child_count(), 60)):
            child = node.get_child_at_index(number)
            if child is not None:
                found += walk(child, depth + 1)
    except gi.repository.GLib.GError:  # it went away meanwhile
        pass
    return found


def window(title: str) -> Any:
    """The first window with `title` in its name, or None."""
    desktop = Atspi.get_desktop(0)
    for number in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(number)
        if program is None:
            continue
        for place in range(program.get_child_count()):
            found = program.get_child_at_index(place)
            if found is not None and title in (found.get_name() or ""):
                return found
    return None


def main() -> int:
    """Prints the tree once all that is waited for is in it; else what there is, and 1."""
    asked = json.load(sys.stdin)
    deadline = time.monotonic() + asked["seconds"]
    tree: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        found = window(asked["title"])
        if found is not None:
            tree = walk(found)
            names = {item["name"] for item in tree}
            if set(asked["wait_for"]) <= names:
                print(json.dumps(tree))
                return 0
        time.sleep(0.5)
    print(json.dumps(tree))
    return 1


if __name__ == "__main__":
    sys.exit(main())
