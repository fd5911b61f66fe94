"""What a saved plan says of itself, read without a check: enough to see whether it would be lost, whoever wrote it and when."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from titrate.inputs.strict_json import LARGEST


def saved_plan(path: Path) -> dict[str, Any] | None:
    """Return the document of a saved plan of any version, with its list of revisions; None for any other file, or none.

    Raises OSError for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(LARGEST), parse_float=Decimal)
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    if not (isinstance(document, dict) and str(document.get("schema")).startswith("titrate/plan/")):
        return None
    return document if isinstance(document.get("revisions"), list) else None
