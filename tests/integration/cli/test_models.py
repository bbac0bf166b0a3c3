"""`moderato models`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.spoken import needs_model, packaged_model
from tests.integration.cli.conftest import Moderato, assert_told_in_one_line


@needs_model
@pytest.mark.timeout(400)
def test_models_are_listed_imported_checked_and_removed(moderato: Moderato, tmp_path: Path) -> None:
    source = packaged_model(tmp_path, "ours")
    assert "ours is in " in moderato("models", "import", source).stdout
    listed = {row["name"]: row for row in json.loads(moderato("models", "list", "--json").stdout)}
    assert listed["ours"]["here"]
    assert not listed["large-v3"]["here"]
    assert listed["large-v3"]["languages"] == 100
    assert "not tried" in moderato("models", "list").stdout
    assert moderato("models", "check", "ours").stdout == "ours is complete and unchanged.\n"
    assert "already" in assert_told_in_one_line(moderato("models", "import", source))
    assert moderato("models", "remove", "ours").stdout == "ours is removed.\n"
    assert "nothing to import" in assert_told_in_one_line(moderato("models", "import", tmp_path / "gone.zip"))
