"""What the tests with generated input share."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

TEXTS: Final = st.one_of(
    st.sampled_from(["", "Hello", "<think>so</think>Yes", "\x00", "\ud800", "\u202eabc", " "]),
    st.text(max_size=8),
)
FEW: Final = settings(
    max_examples=60 if os.environ.get("EVERYTHING") else 20,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
