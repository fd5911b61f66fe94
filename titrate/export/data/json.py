"""The plan as JSON: the saved plan and the contract for other programs; see plan.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.inputs.document import document, encoded, finding_document, sealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from titrate.model import Finding, Plan


def render(plan: Plan) -> bytes:
    """Return the plan as JSON, UTF-8: two-space indent, fixed key order, exact numbers, its seal last, final new line."""
    return sealed(document(plan))


def refusal(findings: Iterable[Finding], confirm_with: str | None) -> bytes:
    """Return a refusal as JSON; `confirm_with` is the command line that confirms it, None where none can."""
    document = {
        "schema": "titrate/refusal/1",
        "findings": [finding_document(finding) for finding in findings],
        "confirm_with": confirm_with,
    }
    return encoded(document)
