"""The error of an argument that nothing here understands, or that is given twice."""

from __future__ import annotations

from minimax_adapters.api.errors import ConfigurationError


class UnknownArgumentError(ConfigurationError, TypeError):
    """An argument has a name that the class or the call does not know, or two that differ."""
