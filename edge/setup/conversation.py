"""The whole conversation: what is there, what is found, the steps, and then the gate at work.

Nothing of a gate that works is changed before everything was asked; what is written is written whole, and put
back where the gate does not start with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import ConfigurationError
from edge.setup.asking import Asker
from edge.setup.core import (
    ABOUT,
    Answers,
    Draft,
    SetupStep,
    TrialOutcome,
    answers_document,
    changes,
    lost_comments,
    summary,
)
from edge.setup.ground import Ground
from edge.setup.kept_board import kept_board
from edge.setup.kept_voice import kept_voice
from edge.setup.material import SiteMaterial
from edge.setup.pages_certificate import certified
from edge.setup.site_step import ask_site, knows_way, of_site
from edge.setup.starting import Started, is_at_work, known_faults, start_gate
from edge.setup.steps import ASKS, ask_way
from edge.setup.talk import Talk, present_at
from edge.setup.writing import FOR_ALL, NewFile, refuse_missing_users, write_all
from edge.support.files import make_folder
from edge.support.toml import read_toml

ANSWERS_FILE = "setup.toml"


@dataclass(frozen=True)
class SetupReport:
    """What a setup did. `changed` are the keys that are another now, `written` the files; `checks` is what
    `gatepost gate check` finds; `started` None: nothing was to be started.
    """

    gate: str
    site: str
    changed: tuple[str, ...] = ()
    written: tuple[Path, ...] = ()
    outcomes: tuple[TrialOutcome, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    started: Started | None = None

    @property
    def good(self) -> bool:
        """Whether nothing is left to do."""
        failed = any(not outcome.passed for outcome in self.outcomes)
        return not failed and all(check.verdict is not Verdict.BAD for check in self.checks)


def set_up(
    ground: Ground,
    asker: Asker,
    answers: Answers,
    steps: Iterable[SetupStep] = tuple(SetupStep),
    material: SiteMaterial | None = None,
) -> SetupReport:
    """Take the steps of a setup, with `material` where the site's part was got already.

    Raises GatepostError where it cannot go on; a gate that worked then works as before.
    """
    _refuse_unprivileged(ground)
    present = present_at(ground)
    wanted = set(steps) | (
        {SetupStep.SITE} if material is not None or present.configuration is None else set()
    )
    with ExitStack() as running:
        found = ground.look()
        talk = Talk(ground, asker, answers, found, present, running, is_at_work(ground))
        for note in found.notes:
            asker.tell(f"note: {note}")
        draft, material = _site(talk, present.draft, wanted, material)
        _make_folders(ground)
        for step in (step for step in SetupStep if step in ASKS and step in wanted):
            asker.tell(f"\n{step.value}: {ABOUT[step]}")
            draft = ASKS[step](talk, draft)
        return _finish(talk, draft, material, start=SetupStep.START in wanted)


def _refuse_unprivileged(ground: Ground) -> None:
    if ground.on_system and os.geteuid() != 0:
        raise ConfigurationError(
            "only root may set up this gate",
            where=str(ground.gate_file),
            remedy="sudo gatepost setup; or name a gate.toml of your own with --config",
        )


def _site(
    talk: Talk, draft: Draft, wanted: set[SetupStep], material: SiteMaterial | None
) -> tuple[Draft, SiteMaterial | None]:
    if material is not None:
        return ask_way(talk, of_site(draft, material), known=knows_way(draft, material)), material
    if SetupStep.SITE in wanted:
        return ask_site(talk, draft)
    return draft, None


def _make_folders(ground: Ground) -> None:
    """On the units' ground systemd-tmpfiles has made them; elsewhere they are made here."""
    if not ground.on_system:
        make_folder(ground.path(ground.places.journal).parent)


def _finish(talk: Talk, draft: Draft, material: SiteMaterial | None, *, start: bool) -> SetupReport:
    """Show what changes, write it, check it, start it."""
    ground, asker = talk.ground, talk.asker
    draft, board = kept_board(ground, draft)
    draft, voice = kept_voice(ground, draft)
    text, _, configuration = talk.document(draft)
    before = "" if talk.is_new else read_toml(ground.gate_file).text
    changed = changes(before, text)
    asker.tell("\nWhat changes in gate.toml:" if changed and not talk.is_new else "")
    for line in changed if not talk.is_new else summary(draft):
        asker.tell(f"  {line}")
    for comment in lost_comments(before, text):
        asker.tell(f"  a comment goes with what it is about: {comment}")
    new = (*board, *voice, *_files(talk, text, draft, material))
    refuse_missing_users(new)
    report = SetupReport(draft.gate, draft.site, changed, outcomes=tuple(talk.outcomes))
    question = f"Write {ground.gate_file}?" if changed else "Nothing is another in gate.toml. Go on?"
    if not asker.confirm("write", question, default=True):
        asker.tell("nothing was written")
        return report
    pages = certified(configuration.console, ground.now())
    known = known_faults(talk)
    change = write_all(new, ground.now())
    wrote = (f"wrote {path}" for path in change.written)
    kept = (f"what lay there, with its comments, is kept as {path}" for path in change.kept)
    for line in (*wrote, *kept, *pages):
        asker.tell(line)
    checks, started = start_gate(talk, draft, change, known, wanted=start)
    return replace(report, written=change.written, checks=checks, started=started)


def _files(talk: Talk, text: str, draft: Draft, material: SiteMaterial | None) -> Iterator[NewFile]:
    """What is written, gate.toml last: with it the rest counts."""
    ground = talk.ground
    places = ground.places
    if material is not None:
        yield NewFile(ground.path(places.root_key), material.root_key, ground.configuration)
        yield NewFile(ground.path(places.template_key), material.template_key, ground.gates_own)
        if material.sealing_key is not None:
            yield NewFile(ground.path(places.sealing_key), material.sealing_key, ground.gates_own)
        if material.bundle is not None:
            yield NewFile(ground.path(places.inbox), material.bundle, ground.arrived)
    yield from _of_host(ground)
    answers = answers_document(_answered(talk, draft))
    yield NewFile(ground.gate_file.with_name(ANSWERS_FILE), answers.encode(), ground.configuration)
    yield NewFile(ground.gate_file, text.encode(), ground.configuration, kept=True)


def _of_host(ground: Ground) -> Iterator[NewFile]:
    """The package's settings of systemd itself: who feeds the hardware's watchdog, how much log is kept."""
    for name, folder in (("watchdog", "system.conf.d"), ("journald", "journald.conf.d")):
        source = None if ground.host is None else ground.host / f"{name}.conf"
        if source is not None and source.is_file():
            target = Path("/etc/systemd") / folder / f"gatepost-{name}.conf"
            yield NewFile(target, source.read_bytes(), FOR_ALL)


def _answered(talk: Talk, draft: Draft) -> Answers:
    """What this conversation came to, as answers for another one."""
    seen = {outcome.trial: outcome.seen for outcome in talk.outcomes if outcome.seen is not None}
    return msgspec.structs.replace(
        talk.answers,
        gate=draft.gate,
        direction=draft.direction,
        language=draft.language,
        board=draft.board,
        pins=draft.pins,
        camera=draft.camera,
        faces=draft.faces,
        scanner=draft.scanner,
        thermometer=draft.thermometer,
        voice=draft.voice or None,
        screen=draft.screen,
        console=draft.console,
        seen={**talk.answers.seen, **seen},
    )
