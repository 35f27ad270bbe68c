"""Finds the scenarios, and counts the cassettes that are played."""

from __future__ import annotations

import sys
from pathlib import Path

# Test folders are no packages, so that their modules of shared code are found by this.
sys.path.insert(0, str(Path(__file__).parent))
