"""Finds what the modules of this folder share."""

from __future__ import annotations

import sys
from pathlib import Path

# Test folders are no packages: modules of shared code are found by this.
sys.path.insert(0, str(Path(__file__).parent))
