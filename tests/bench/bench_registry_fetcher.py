"""What a registry costs: bytes of changes, time and memory of an install, what deciding notices, a fleet.

python tests/bench/bench_registry_fetcher.py [--people 10000,100000] [--gates 1000]

The people have names, addresses, a status and one face (128 float32, sealed). Each install runs in a process
of its own; its memory is the rise of the resident set over that process before it begins. "Deciding" is a
search in the gallery in force every 10 ms, in the same process, while the registry service works.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from edge.admin.publication import sign_root
from edge.decision import ClockTrust, Mode, Policy, Status, StatusRecord, Subject, WallTime
from edge.decision.policy import GatePolicy
from edge.registry.configuration import RegistrySection
from edge.registry.format import (
    Content,
    Root,
    SealedTemplate,
    anchor_of,
    bundle,
    changes,
    join_chain,
    joined,
    seal_key_of,
)
from edge.registry.status import RegistryStatus, write_status
from edge.registry.templates import seal
from edge.runtime.registry_service import RegistryService, registry_service_of
from edge.signing.key_files import public_pem, raw_public
from sync.agent.core.outstanding_chunks import FetchPace, OutstandingChunks
from sync.agent.held_roots import trust_of
from sync.agent.registry_fetcher import RegistryFetcher
from sync.agent.registry_folders import RegistryFolders
from sync.central.registry.announcer import RegistryAnnouncer
from sync.central.registry.publisher import Publisher, PublishingKeys

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SITE, ENGINE, TEMPLATE_KEY = "green-court", "engine-1", bytes(range(32))
WALL = WallTime(NOW, ClockTrust.TRUSTED)
CHANGED = 50


class Centre:
    """A publisher with a site of `people`."""

    def __init__(self, folder: Path, people: int) -> None:
        self.folder = folder
        self.chance = random.Random(people)
        self.rows = np.random.default_rng(people)
        root, registry, policy = (Ed25519PrivateKey.generate() for _ in range(3))
        self.root_pem = public_pem(root.public_key())
        first = Root(
            1,
            NOW + timedelta(days=900),
            1,
            (raw_public(root.public_key()),),
            (raw_public(registry.public_key()),),
            (raw_public(policy.public_key()),),
        )
        self.anchor = anchor_of(first.root_keys)
        roots = join_chain([sign_root(first, [root])])
        keys = PublishingKeys(self.anchor, roots, registry, policy, lambda _: seal_key_of(TEMPLATE_KEY))
        self.publisher = Publisher(folder / "published", keys)
        self.announcer = RegistryAnnouncer(folder / "published", lambda: roots)
        subjects = [self.person(number) for number in range(people)]
        self.content = Content(
            policy=Policy(gates={"main": GatePolicy(Mode.FACE_OR_CODE)}),
            subjects=tuple(subjects),
            templates=tuple(self.face(person) for person in subjects),
        )

    def person(self, number: int) -> Subject:
        status = StatusRecord(
            Status.GREEN,
            "health office",
            self.chance.choice(("tested negative", "vaccinated")),
            "rule-7",
            NOW - timedelta(seconds=self.chance.randrange(10**6)),
            NOW + timedelta(days=7, seconds=self.chance.randrange(10**6)),
        )
        address = f"{self.chance.randrange(40)}/{self.chance.randrange(6)}/{self.chance.randrange(3000):04}"
        name = "".join(self.chance.choice("李王张刘陈杨赵黄周吴娜伟芳敏静") for _ in range(3))
        groups = frozenset({"resident"})
        return Subject(f"r{number:06}", name=name, address=address, groups=groups, status=status)

    def face(self, person: Subject) -> SealedTemplate:
        values = self.rows.normal(size=128).astype(np.float32)
        return seal(
            values / np.linalg.norm(values),
            key=TEMPLATE_KEY,
            nonce=self.rows.bytes(12),
            site=SITE,
            subject_id=person.id,
            subject_version=person.version,
            engine=ENGINE,
        )

    def publish(self, content: Content, held: int = 0) -> int:
        self.content = content
        return self.publisher.publish(SITE, content, NOW, held={held}).version

    def new_statuses(self, count: int) -> Content:
        """So many people's status changes."""
        people = list(self.content.subjects)
        for place in self.chance.sample(range(len(people)), count):
            person = people[place]
            red = StatusRecord(Status.RED, "health office", "tested positive", "rule-9", NOW)
            people[place] = replace(person, status=red, version=person.version + 1)
        return replace(self.content, subjects=tuple(people))

    def newcomers(self, content: Content, count: int) -> Content:
        people = [self.person(900_000 + self.chance.randrange(99_999)) for _ in range(count)]
        people = list({person.id: person for person in people}.values())
        faces = tuple(self.face(person) for person in people)
        return replace(
            content,
            subjects=(*content.subjects, *people),
            templates=(*content.templates, *faces),
        )

    def departed(self, content: Content, count: int) -> Content:
        gone = {person.id for person in content.subjects[:count]}
        return replace(
            content,
            subjects=content.subjects[count:],
            templates=tuple(item for item in content.templates if item.subject_id not in gone),
        )


def sizes(people: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        centre = Centre(Path(name), people)
        begun = time.perf_counter()
        version = centre.publish(centre.content)
        signing = time.perf_counter() - begun
        published = centre.publisher._site(SITE)
        manifest = published.manifest(version)
        print(f"\n{people} people, one face each; snapshot {manifest.snapshot.size / 1e6:.1f} MB in ", end="")
        print(f"{manifest.snapshot.count} chunks, manifest {len(published.signed(version))} bytes, ", end="")
        print(f"signed in {signing:.2f} s")
        print(f"{'changes':<52}{'bytes':>9}{'publish s':>11}")
        ways: tuple[tuple[str, Callable[[], Content]], ...] = (
            ("1 status", lambda: centre.new_statuses(1)),
            (f"{CHANGED} statuses", lambda: centre.new_statuses(CHANGED)),
            (
                "40 statuses, 5 newcomers with a face, 5 departed",
                lambda: centre.departed(centre.newcomers(centre.new_statuses(40), 5), 5),
            ),
            (f"{CHANGED} newcomers with a face", lambda: centre.newcomers(centre.content, CHANGED)),
            ("the rules", lambda: replace(centre.content, policy=Policy(time_zone="UTC"))),
        )
        for words, make in ways:
            held = published.versions()[-1]
            content = make()
            begun = time.perf_counter()
            version = centre.publish(content, held)
            took = time.perf_counter() - begun
            blob = published.manifest(version).offer_from(held)
            print(f"{words:<52}{'none' if blob is None else blob.size:>9}{took:>11.2f}")
        centre.publisher.revoke(SITE, NOW, passes={"ab" * 8}, subjects={"r000123"})
        urgent = centre.announcer.announcements(SITE)[1]
        print(f"{'urgent: one pass and one person revoked':<52}{len(urgent.signed):>9}")


# --- installs, each in a process of its own ---------------------------------------------------------


class Gate:
    """A registry service, and a thread that decides every 10 ms."""

    def __init__(self, folder: Path, root_pem: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "root.pub").write_bytes(root_pem)
        (folder / "template.key").write_text(TEMPLATE_KEY.hex())
        (folder / "template.key").chmod(0o600)
        self.section = RegistrySection(
            folder / "inbox" / "registry.bundle",
            folder / "held",
            folder / "root.pub",
            folder / "template.key",
        )
        self.section.inbox.parent.mkdir(exist_ok=True)
        self.waits: list[float] = []
        self._stop = threading.Event()

    def registry_service(self) -> RegistryService:
        return registry_service_of(self.section, SITE, ENGINE, lambda: WALL, lambda _: None, gate="main")

    def decide(self, registry_service: RegistryService) -> None:
        probe = np.ones(128, np.float32) / np.float32(128**0.5)
        while not self._stop.is_set():
            due = time.perf_counter() + 0.01
            time.sleep(0.01)
            held = registry_service.holdings()
            if held is not None:
                held.gallery.search(probe)
            self.waits.append(time.perf_counter() - due)

    def measured(self, registry_service: RegistryService) -> dict[str, float]:
        """One look of the registry service, with somebody deciding beside it."""
        before = psutil.Process().memory_info().rss
        self.waits.clear()
        self._stop.clear()
        thread = threading.Thread(target=self.decide, args=(registry_service,))
        thread.start()
        begun = time.perf_counter()
        registry_service.look()
        took = time.perf_counter() - begun
        self._stop.set()
        thread.join()
        waits = np.array(self.waits or [0.0]) * 1e3
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        held = registry_service.holdings()
        return {
            "seconds": took,
            "peak_mb": (peak - before) / 1e6,
            "resident_mb": (psutil.Process().memory_info().rss - before) / 1e6,
            "p99_ms": float(np.percentile(waits, 99)),
            "most_ms": float(waits.max()),
            "version": 0 if held is None else held.registry.version,
        }


def install(folder: Path, what: str) -> None:
    """Run in a process of its own: take up the snapshot (from nothing), or the changes (to it)."""
    gate = Gate(folder, (folder / "root.pem").read_bytes())
    registry_service = gate.registry_service()
    inbox = gate.section.inbox
    for name in ("registry.bundle", "registry.changes"):
        inbox.with_name(name).unlink(missing_ok=True)
    if what == "start":
        begun = time.perf_counter()
        registry_service.load()
        print(
            json.dumps(
                {"seconds": time.perf_counter() - begun, "version": registry_service.holdings() is not None}
            )
        )
        return
    registry_service.load()
    source = folder / what
    inbox.with_name(what).write_bytes(source.read_bytes())
    print(json.dumps(gate.measured(registry_service)))


def installs(people: int) -> None:
    print(f"{'install':<26}{'s':>8}{'peak MB':>9}{'stays MB':>10}{'decide p99 ms':>15}{'most ms':>9}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        centre = Centre(folder, people)
        (folder / "root.pem").write_bytes(centre.root_pem)
        first = centre.publish(centre.content)
        stage(centre, folder, first, "registry.bundle")
        second = centre.publish(centre.new_statuses(CHANGED), first)
        stage(centre, folder, second, "registry.changes")
        for what, words in (
            ("registry.bundle", f"snapshot of {people}"),
            ("registry.changes", f"{CHANGED} changes of {people}"),
            ("start", f"start with {people}"),
        ):
            command = [sys.executable, __file__, "--install", what, "--folder", name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            print(f"{words:<26}{found['seconds']:>8.2f}", end="")
            if "peak_mb" in found:
                print(f"{found['peak_mb']:>9.0f}{found['resident_mb']:>10.0f}", end="")
                print(f"{found['p99_ms']:>15.1f}{found['most_ms']:>9.1f}", end="")
            print()


def stage(centre: Centre, folder: Path, version: int, name: str) -> None:
    """The file that sync would put into the inbox."""
    published = centre.publisher._site(SITE)
    manifest = published.manifest(version)
    blob = manifest.snapshot if name == "registry.bundle" else manifest.changes[-1].blob
    magic = bundle.MAGIC if name == "registry.bundle" else changes.MAGIC
    data = b"".join(published.chunk(blob.sha256, index) for index in range(blob.count))
    roots = centre.announcer.announcements(SITE)[0].signed
    (folder / name).write_bytes(magic + joined((roots, published.signed(version), data)))


# --- a fleet ----------------------------------------------------------------------------------------


def fleet(gates: int, people: int = 10_000) -> None:
    """All gates to a new version by changes, then one by the whole: sync's side and central's, no broker."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        centre = Centre(folder, people)
        first = centre.publish(centre.content)
        old = centre.publisher._site(SITE).manifest(first)
        downs = []
        for number in range(gates):
            place = folder / f"{number}"
            held = RegistryStatus(SITE, "main", first, old.set_sha256.hex(), root_version=1)
            write_status(place / "held", held)
            places = RegistryFolders(place / "spool", place / "inbox" / "registry.bundle", place / "held")
            believed = trust_of(SITE, "main", centre.anchor)
            downs.append(RegistryFetcher(places, believed, lambda: WALL, FetchPace()))
        centre.publish(centre.new_statuses(CHANGED), first)
        begun = time.perf_counter()
        sent = sum(brought(centre, down) for down in downs)
        took = time.perf_counter() - begun
        print(
            f"\n{gates} gates told of {CHANGED} changes of {people} people, each staged: {took:.1f} s, ",
            end="",
        )
        print(f"{sent / gates:.0f} bytes a gate (sync and central in one process, no broker)")


def brought(centre: Centre, down: RegistryFetcher) -> int:
    """The bytes that one gate's sync process took until the file lay in its inbox."""
    sent, asked = 0, OutstandingChunks()
    for announcement in centre.announcer.announcements(SITE):
        sent += len(announcement.signed)
        down.handle_message(announcement, 0.0)
    want = down.next_want(1.0, asked)
    while want is not None:
        for chunk in centre.announcer.chunks(SITE, want):
            sent += len(chunk.data)
            down.handle_message(chunk, 1.0)
        want = down.next_want(100.0, asked)
    return sent


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", default="10000,100000")
    parser.add_argument("--gates", type=int, default=1_000)
    parser.add_argument("--install", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.install:
        install(options.folder, options.install)
        return 0
    for people in map(int, options.people.split(",")):
        sizes(people)
        installs(people)
    fleet(options.gates)
    return 0


if __name__ == "__main__":
    sys.exit(main())
