"""Checks how the last update of this computer's software ended, as its updater says."""

from __future__ import annotations

from collections.abc import Iterator

from edge.configuration import GateConfiguration
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import GatepostError
from edge.journal.format import UpdateEnd
from edge.runtime.update_news import UpdaterWord, read_updater

_REMEDY = "gatepost update status; docs/updates.md says what each means"


def check_updates(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """What is wrong with updates here; nothing is said where there is no updater, or nothing ended yet."""
    path = configuration.commands.update_result
    if path is None:
        return
    try:
        word = read_updater(path)
    except GatepostError as error:
        yield CheckResult(Verdict.WARNING, "updates", error.what, error.remedy)
        return
    yield from _said(word)


def _said(word: UpdaterWord) -> Iterator[CheckResult]:
    unfetched, ended = word.unfetched, word.ended
    if unfetched is not None:
        text = f"{unfetched.version or 'the newest version'} could not be fetched: {unfetched.why}"
        yield CheckResult(Verdict.WARNING, "updates", text, _REMEDY)
    elif ended is not None and ended.version:
        said = {
            UpdateEnd.INSTALLED: f"the last one put {ended.version} in force",
            UpdateEnd.REFUSED: f"{ended.version} was refused: {ended.why}",
            UpdateEnd.WENT_BACK: f"{ended.before} is in force again, {ended.version} is not: {ended.why}",
        }[ended.how]
        works = ended.how is UpdateEnd.INSTALLED
        yield CheckResult(
            Verdict.GOOD if works else Verdict.WARNING, "updates", said, "" if works else _REMEDY
        )
