"""Dose plans for oral baclofen in Raynaud's phenomenon: `plan`, `Patient`, `Plan`, `render`.

Nothing is loaded until it is used. The functions are pure: no clock, no files written, the same arguments give the same plan.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, without loading it: `titrate --version` answers at once
if TYPE_CHECKING:
    from typing import Any

    from titrate.api import plan
    from titrate.errors import BadInput, Refused, TitrateError
    from titrate.export import render
    from titrate.model import Output, Patient, Plan, Slots

__version__ = "0.2.0"
__all__ = ["BadInput", "Output", "Patient", "Plan", "Refused", "Slots", "TitrateError", "__version__", "plan", "render"]

_HOMES = {
    "plan": "titrate.api",
    "render": "titrate.export",
    "Output": "titrate.model",
    "Patient": "titrate.model",
    "Plan": "titrate.model",
    "Slots": "titrate.model",
    "BadInput": "titrate.errors",
    "Refused": "titrate.errors",
    "TitrateError": "titrate.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'titrate' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
