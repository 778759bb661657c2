"""Shows the values of a record in a few words. PURE."""

from __future__ import annotations

from edge.decision import HomeIsolation, StatusRecord


def shown(value: object) -> str:
    """A field's value for people, in a few words."""
    if isinstance(value, StatusRecord):
        until = f" until {value.until:%Y-%m-%d %H:%M}" if value.until else ""
        grounds = ": ".join(filter(None, (value.source, value.reason)))
        return f"{value.value} since {value.since:%Y-%m-%d %H:%M}{until} ({grounds})"
    if isinstance(value, HomeIsolation):
        until = f"{value.until:%Y-%m-%d %H:%M}" if value.until else "it is lifted"
        return f"from {value.since:%Y-%m-%d %H:%M} until {until} ({value.source})"
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(map(str, value))) or "none"
    return "none" if value is None or value == "" else str(value)
