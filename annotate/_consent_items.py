"""What of a consent form can be agreed to one by one."""

from __future__ import annotations

from collections.abc import Mapping

from annotate._part import new_id
from annotate._rows import Rows
from annotate.defaults import CONSENT_ITEMS
from capture.config import Scope


def add_items(tx: Rows, form_id: str, items: Mapping[Scope, str] = CONSENT_ITEMS) -> None:
    """Give a new form its items: what can be agreed to one by one."""
    for scope, body in items.items():
        required = int(scope is Scope.SCREEN)  # without a picture there is no recording
        tx.insert(
            "consent_item", {"id": new_id(), "form_id": form_id, "scope": scope, "body": body, "required": required}
        )
