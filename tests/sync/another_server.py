"""A database of which another server takes over between a transaction and the word of its standbys."""

from __future__ import annotations

import pytest

from sync.central.store import NotConfirmed, Store


def take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another run of the server confirm whatever is asked from here on."""

    def confirm(self: Store, patience: float = 0.0, of: str | None = None, waiter: str = "") -> str:
        del patience, waiter
        if of is not None:
            raise NotConfirmed("another server took over", where=self.name, remedy="ask again")
        return "another run"

    monkeypatch.setattr(Store, "confirm", confirm)
