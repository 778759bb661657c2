"""What central said earlier than the newest time that it told on this link counts no more."""

from __future__ import annotations

from sync.agent.core.told_times import ToldTimes


def test_older_times_are_no_news_until_another_link() -> None:
    told = ToldTimes()
    assert [told.is_news(at) for at in (5, 5, 4, 9, 8)] == [True, True, False, True, False]
    told.begin_link()
    assert told.is_news(1), "central's clock may have been set meanwhile"
