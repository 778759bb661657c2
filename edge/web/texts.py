"""Texts: English is the key, Chinese is in `locale/zh/*.po` of each package that speaks.

A text is written where it is shown: `_("Granted")` in a template, `visit.gettext("Granted")` in a
handler, and `N_("Granted")` where it only waits to be shown. What varies is named:
`_("%(count)s gates", count=3)`.
"""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """What pages speak."""

    ZH = "zh"
    EN = "en"

    @property
    def own_name(self) -> str:
        """Its name in itself, for the switch."""
        return {Language.ZH: "中文", Language.EN: "English"}[self]


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for a text that is translated later
    """`text` itself; the tests find it by this name, and ask for its Chinese."""
    return text


def language_of(cookie: str | None, accepted: str, usual: Language) -> Language:
    """The language to answer in: what was chosen, else the first of the browser's that is spoken here."""
    if cookie in {item.value for item in Language}:
        return Language(cookie)
    wanted = sorted(_accepted(accepted), key=lambda item: -item[1])
    spoken = [name for name, quality in wanted if quality > 0 and name in {item.value for item in Language}]
    return Language(spoken[0]) if spoken else usual


def _accepted(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header[:200].split(","):
        name, _, quality = part.partition(";q=")
        try:
            found.append((name.strip().lower().partition("-")[0], float(quality or 1)))
        except ValueError:
            continue
    return found
