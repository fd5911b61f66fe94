"""What an install does besides copying: the evidence is checked now, so that no run has to, and a source tree is compiled.

pip compiles what it copies, but not a tree that is installed in place (`-e`); where PYTHONDONTWRITEBYTECODE is set, every run
would then compile and check everything again, at twice the time.
"""

from __future__ import annotations

import compileall
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CheckedEvidence(BuildHookInterface):  # type: ignore[type-arg]
    """Keeps the checked evidence beside its files, as a first run does, and takes it into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fail the build where a file of evidence does not hold."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        sys.dont_write_bytecode = False
        from titrate import library

        for read in (library.protocol, library.finding_texts, library.equations, library.medicines, library.conditions):
            read()
        package = root / "titrate"
        if version == "editable":
            compileall.compile_dir(package, quiet=2)
        else:
            kept = package.glob(f"evidence/**/__pycache__/*.toml.{sys.implementation.cache_tag}")
            build_data["force_include"] |= {str(file): str(file.relative_to(root)) for file in kept}
