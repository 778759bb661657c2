"""The trial of a version: it decides again what a gate's journal says, and names what differs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from edge.decision import (
    Decision,
    Direction,
    Evidence,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Reason,
    Situation,
    Status,
    StatusRecord,
    Subject,
    decide,
    identified_by,
)
from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.server import journal_server
from edge.journal.format import AccessDecided, circumstances_of
from edge.registry.format import Content, Registry, hold_bundle
from sync.updates import trying
from sync.updates.core import Difference, TrialReport, objections
from sync.updates.trying import Shadow
from tests.edge.registry.repository import ISSUED, NOW, POLICY, SITE, Repository
from tests.events import noted

GREEN = StatusRecord(Status.GREEN, "", "", "", ISSUED)
ANN, RED = Subject("ann", status=GREEN), Subject("red", status=replace(GREEN, value=Status.RED))


@pytest.fixture(scope="module")
def registry() -> Registry:
    repository = Repository()
    return hold_bundle(repository.bundle(content=Content(POLICY, (ANN, RED))), repository.trusted())


def decided(registry: Registry, who: str) -> AccessDecided:
    """What a gate of this version decides on somebody's pass, and writes down."""
    code = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, subject_id=who)
    evidence = Evidence(Direction.ENTRY, code=code)
    situation = Situation(SITE, "main", NOW, timedelta(days=1))
    subject = registry.subjects.get(identified_by(evidence) or "")
    decision = decide(registry.policy, subject, evidence, situation)
    known = circumstances_of(situation, known=subject is not None)
    return AccessDecided(decision, evidence, Mode.CODE, registry.version, "scanner", circumstances=known)


OTHERWISE = Decision(Outcome.GRANT, Reason.FACE_MATCHED, "test", "red")


@contextmanager
def serving(folder: Path, *events: object) -> Iterator[SocketChannel]:
    """A gate's journal with these events, served as the gate does."""
    path, place = folder / "journal.sqlite", folder / "journal.sock"
    with open_journal(path, "main", NOW) as journal, journal_server(path, place):
        for event in events:
            journal.append(event, NOW)  # type: ignore[arg-type]
        with closing(SocketChannel(place)) as channel:
            yield channel


def shadowed(folder: Path, registry: Registry | None, *events: object) -> Shadow:
    shadow = Shadow(lambda: registry)
    with serving(folder, *events) as channel:
        trying._follow(channel, shadow, 0.0, lambda _: None)
    return shadow


def test_what_is_decided_alike_is_counted(tmp_path: Path, registry: Registry) -> None:
    events = [decided(registry, "ann"), noted(), decided(registry, "red"), decided(registry, "nobody")]
    assert [event.decision.outcome for event in events if isinstance(event, AccessDecided)] != [
        Outcome.GRANT
    ] * 3
    shadow = shadowed(tmp_path, registry, *events)
    assert (shadow.compared, shadow.skipped, shadow.differing, shadow.differ) == (3, 0, 0, {})


def test_what_is_decided_otherwise_is_named_once_a_kind(tmp_path: Path, registry: Registry) -> None:
    red = decided(registry, "red")
    other = replace(red, decision=OTHERWISE)
    shadow = shadowed(tmp_path, registry, red, other, other)
    assert (shadow.compared, shadow.differing) == (3, 2)
    [found] = shadow.differ.values()
    assert found == Difference(2, "grant", "face_matched", red.decision.outcome, red.decision.reason)


def test_what_cannot_be_decided_again_is_counted_apart(tmp_path: Path, registry: Registry) -> None:
    of_older_rules = replace(decided(registry, "ann"), registry=registry.version - 1)
    of_older_gate = replace(decided(registry, "ann"), circumstances=None)
    gone = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, subject_id="gone")
    ann = decided(registry, "ann")
    erased = replace(ann, evidence=replace(ann.evidence, code=gone))
    shadow = shadowed(tmp_path, registry, of_older_rules, of_older_gate, erased)
    assert (shadow.compared, shadow.skipped) == (0, 3)


def test_what_comes_while_it_looks_is_decided_again_too(tmp_path: Path, registry: Registry) -> None:
    path, place = tmp_path / "journal.sqlite", tmp_path / "journal.sock"
    shadow = Shadow(lambda: registry)
    with open_journal(path, "main", NOW) as journal, journal_server(path, place):
        journal.append(decided(registry, "ann"), NOW)
        clock = [0.0]

        def pause(seconds: float) -> None:
            clock[0] += seconds
            if clock[0] == 1.0:
                journal.append(decided(registry, "red"), NOW)

        monotonic = patch("sync.updates.trying.time.monotonic", lambda: clock[0])
        with closing(SocketChannel(place)) as channel, monotonic:
            trying._follow(channel, shadow, 3.0, pause)
    assert shadow.compared == 2


def test_a_difference_beyond_those_that_a_report_names_is_not_lost(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that differs in many declared ways hides no undeclared one behind them."""
    monkeypatch.setattr(trying, "MOST_NAMED", 1)
    red, ann = decided(registry, "red"), decided(registry, "ann")
    events = [replace(red, decision=OTHERWISE)] * 2
    shadow = shadowed(tmp_path, registry, *events, replace(ann, decision=red.decision))
    assert (shadow.differing, len(shadow.differ), shadow.unnamed) == (3, 1, 1)
    declared = [OTHERWISE.reason]
    report = TrialReport("2", differing=3, differ=tuple(shadow.differ.values()), unnamed=shadow.unnamed)
    assert list(objections(None, replace(report, unnamed=0), declared)) == []
    [said] = objections(None, report, declared)
    assert "1 decisions more come out otherwise" in said
