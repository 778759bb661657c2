"""Registry down from a centre's folder to a gate's holdings, over a wire that loses, doubles and lies."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from edge.decision import StaleRule, Subject
from edge.registry.format import (
    CHUNK_BYTES,
    MANIFEST_CONTEXT,
    MOST_SNAPSHOT_BYTES,
    BundleRefused,
    ObjectKind,
    bundle,
    changes,
    encode_manifest,
    open_object,
)
from edge.registry.format.framing import split_whole
from edge.registry.inbox import URGENT_REVOCATIONS_NAME
from edge.registry.status import read_status
from edge.runtime.registry_service import RegistryNews
from edge.signing.cose import sign1
from sync.agent.core.outstanding_chunks import FetchPace
from sync.agent.registry_fetcher import RegistryMessage
from sync.agent.registry_handler import RegistryConversation, RegistryHandler
from sync.wire import RegistryChunk, RegistryManifest, RegistryRoot, RegistryUrgent, open_message
from sync.wire.messages import Message
from tests.edge.registry.repository import (
    NOW,
    SEAL_KEY,
    Repository,
    changed,
    new_key,
    ordinary_content,
)
from tests.examples import alike, tried
from tests.sync.agent.wire import Site, large_content
from tests.sync.wire.examples import DEVICE, KEY, KEYS

DAY = 86_400
RENAMED = {"subject-1": {"name": "another"}}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_gate_that_holds_nothing_gets_the_whole_and_later_only_changes(site: Site) -> None:
    site.publish()
    site.announce()
    site.settle()
    assert site.version == 1
    site.publish(changed(site.repository.content, RENAMED), held={1})
    site.announce()
    site.settle()
    assert site.version == 2
    held = site.registry_service.holdings()
    assert held is not None
    assert held.registry.subjects["subject-1"].name == "another"
    assert not list((site.folder / "spool").glob("*.part"))
    first, second = (site.publisher._site("green-court").manifest(version) for version in (1, 2))
    assert [want.object for want in site.asked] == [first.snapshot.sha256, second.changes[0].blob.sha256]
    assert [want.held for want in site.asked] == [0, 1]


def test_a_gate_from_before_the_kept_versions_gets_the_whole(site: Site) -> None:
    site.publish()
    site.announce()
    site.settle()
    for number in range(3):
        site.publish(changed(site.repository.content, {"subject-1": {"name": f"{number}"}}))
    site.announce()
    site.settle()
    assert site.version == 4
    assert site.asked[-1].object == site.publisher._site("green-court").manifest(4).snapshot.sha256


def test_nothing_is_asked_twice_while_the_gate_has_not_looked(site: Site) -> None:
    site.publish()
    site.announce()
    for _ in range(50):
        site.now += 1.0
        want = site.want(site.now)
        for chunk in () if want is None else site.announcer.chunks("green-court", want):
            site.asked.append(want) if want else None
            site.down.handle_message(chunk, site.now)
    assert len(site.asked) == 1
    site.registry_service.look()
    assert site.version == 1


def test_what_arrives_before_its_root_in_any_order_waits_for_it(site: Site) -> None:
    site.publish()
    site.publisher.revoke("green-court", NOW.at, subjects={"subject-0"})
    root, urgent, manifest = site.announcer.announcements("green-court")
    for message in (manifest, urgent):
        site.down.handle_message(message, site.now)
    assert site.want(1.0) is None
    site.down.handle_message(root, site.now)
    site.settle()
    held = site.registry_service.holdings()
    assert held is not None
    assert sorted(held.registry.subjects) == ["subject-1", "subject-2"]
    assert not site.down.refused


# --- chunks that are lost, doubled, altered, cut off ---------------------------------------------


def test_a_snapshot_survives_a_wire_that_loses_doubles_and_alters(site: Site) -> None:
    site.publish(large_content())
    site.announce()
    chance = random.Random(7)

    def spoil(message: RegistryMessage) -> Iterable[RegistryMessage]:
        assert isinstance(message, RegistryChunk)
        match chance.randrange(5):
            case 0:
                return []
            case 1:
                return [message, message]
            case 2:
                return [msgspec.structs.replace(message, data=message.data[:-1] + b"x"), message]
            case 3:
                return [msgspec.structs.replace(message, index=message.index + 1)]
            case _:
                return [message]

    site.settle(spoil)
    assert site.version == 1
    assert site.down.refused["forged"] > 0


@pytest.mark.parametrize("cut", alike((0, 3, 6, 1, 2, 4, 5), short=3))
def test_a_snapshot_cut_at_every_chunk_is_resumed_after_a_restart(site: Site, cut: int) -> None:
    site.publish()
    site.announce()
    site.settle()
    site.publish(changed(site.repository.content, RENAMED))
    site.publish(large_content())
    site.pace = FetchPace(outstanding=1)
    site.restarted_sync()
    site.announce()
    asked_before = len(site.asked)
    for _ in range(cut):
        site.poll()
    assert site.version in ({1, 3} if cut == 6 else {1}), "the old one serves until the new one is whole"
    site.restarted_sync()
    site.restarted_gate()
    site.announce()
    site.settle()
    assert site.version == 3
    chunks = site.publisher._site("green-court").manifest(3).snapshot.count
    assert len(site.asked) - asked_before <= chunks + (cut >= chunks)


def test_a_chunk_that_was_damaged_on_the_card_is_fetched_again(site: Site) -> None:
    site.publish(large_content())
    site.pace = FetchPace(outstanding=2)
    site.restarted_sync()
    site.announce()
    site.poll()
    [part] = (site.folder / "spool").glob("*.part")
    part.write_bytes(bytes(CHUNK_BYTES) + part.read_bytes()[CHUNK_BYTES:])
    site.restarted_sync()
    site.announce()
    site.settle()
    assert site.version == 1


def test_a_question_without_an_answer_is_repeated_after_its_time_only(site: Site) -> None:
    site.publish()
    site.announce()
    assert site.want(1.0) is not None
    assert site.want(20.0) is None
    assert site.want(32.0) is not None


def test_on_another_link_everything_that_was_asked_for_is_asked_for_at_once(site: Site) -> None:
    site.publish(large_content())
    site.announce()
    part = RegistryHandler(DEVICE, KEY, site.down)

    def asked(conversation: RegistryConversation, now: float) -> list[Message]:
        return [open_message(out.topic, out.data, KEYS).message for out in conversation.due_messages(now)]

    link = part.open_conversation(1.0)
    first = asked(link, 1.0)
    assert len(first) == 1
    assert asked(link, 10.0) == [], "four are under way"
    assert asked(part.open_conversation(10.0), 10.0) == first


def test_the_link_is_asked_for_no_more_than_its_share(site: Site) -> None:
    site.publish(large_content())
    site.pace = FetchPace(outstanding=2, bytes_a_second=CHUNK_BYTES / 10)
    site.restarted_sync()
    site.announce()
    assert site.poll()
    assert not any(site.poll() for _ in range(18)), "two chunks at a tenth of one each second"
    assert any(site.poll() for _ in range(3))


# --- what is not believed ------------------------------------------------------------------------


def signed_by_central(world: Site, **fields: object) -> RegistryManifest:
    manifest = msgspec.structs.replace(world.publisher._site("green-court").manifest(1), **fields)
    signed = sign1.sign(encode_manifest(manifest), world.repository.registry_key, context=MANIFEST_CONTEXT)
    return RegistryManifest(signed)


def test_on_a_card_that_takes_nothing_it_tries_again_after_a_pause_and_not_at_every_poll(site: Site) -> None:
    """Each try is counted, and what is counted is reported to central at once."""
    site.publish()
    site.announce()
    spool = site.folder / "spool"
    for path in spool.iterdir():
        path.unlink()
    spool.rmdir()
    spool.write_bytes(b"a folder cannot be made here")
    for second in range(int(site.pace.ask_again_after) + 1):
        assert site.want(float(second)) is None
    assert site.down.refused["not_stored"] == 2
    assert site.down.next_due(31.0, site.asked_for) == 30.0 + site.pace.ask_again_after
    spool.unlink()
    assert site.want(30.0 + site.pace.ask_again_after) is not None


def test_ten_gigabytes_are_not_asked_for_and_cost_no_disk(site: Site) -> None:
    site.publish()
    site.announce()
    site.settle()
    snapshot = site.publisher._site("green-court").manifest(1).snapshot
    huge = msgspec.structs.replace(snapshot, size=10 * 10**9)
    just_too_large = msgspec.structs.replace(snapshot, size=MOST_SNAPSHOT_BYTES + 1)
    for claim in (huge, just_too_large):
        site.down.handle_message(signed_by_central(site, version=2, snapshot=claim), site.now)
        assert site.want(site.now + 60) is None
    assert site.down.refused["too_large"] == 2


@pytest.mark.parametrize(
    "message",
    [
        RegistryManifest(b""),
        RegistryManifest(b"junk"),
        RegistryRoot(b""),
        RegistryRoot(b"junk"),
        RegistryUrgent(b""),
        RegistryUrgent(b"junk"),
        RegistryChunk(bytes(32), 0, b"junk"),
        RegistryChunk(bytes(32), 2**32 - 1, b""),
    ],
)
def test_junk_changes_nothing(site: Site, message: RegistryMessage) -> None:
    site.publish()
    site.announce()
    site.settle()
    before = site.version
    site.down.handle_message(message, site.now)
    assert site.want(site.now + 60) is None
    site.publish(changed(site.repository.content, RENAMED))
    site.announce()
    site.settle()
    assert (before, site.version) == (1, 2), "and what is good is taken up after it"


def test_another_sites_manifest_another_gates_and_an_expired_one_are_refused(site: Site) -> None:
    site.publish()
    site.down.handle_message(site.announcer.announcements("green-court")[0], 0.0)
    for fields, code in (
        ({"site": "red-court"}, "other_site"),
        ({"gates": ("north",)}, "other_gate"),
        ({"expires": NOW.at - timedelta(days=1)}, "expired"),
    ):
        site.down.handle_message(signed_by_central(site, **fields), site.now)
        assert site.down.refused[code] == 1
        assert site.want(site.now + 60) is None


def test_an_older_manifest_is_not_fetched(site: Site) -> None:
    site.publish()
    old = site.announcer.announcements("green-court")[-1]
    site.publish(changed(site.repository.content, RENAMED))
    site.announce()
    site.settle()
    site.down.handle_message(old, site.now)
    assert site.down.refused["older"] == 1
    site.restarted_sync()
    site.down.handle_message(old, site.now)
    assert site.want(site.now + 60) is None


def test_changes_that_the_gate_refuses_are_followed_by_the_whole(site: Site) -> None:
    """The gate's copy is another than its number says: only it can know."""
    site.publish()
    site.announce()
    site.settle()
    fork = Repository(
        root_keys=site.repository.root_keys,
        registry_key=site.repository.registry_key,
        policy_key=site.repository.policy_key,
    )
    site.section.inbox.write_bytes(fork.bundle(content=ordinary_content(5), version=2))
    site.registry_service.look()
    assert site.version == 2
    site.publish(changed(site.repository.content, RENAMED))
    site.publish(changed(site.repository.content, RENAMED), held={2})
    site.announce()
    site.settle()
    assert site.version == 3
    status = read_status(site.section.folder)
    assert status is not None
    assert status.refused is not None
    assert status.refused.reason == "other_base"
    assert site.down.refused["by_the_gate"] == 1


def test_a_snapshot_on_its_way_is_finished_before_a_newer_one_is_begun(site: Site) -> None:
    """A site whose registry changes faster than a slow gate fetches it would never arrive otherwise."""
    site.publish(large_content())
    site.pace = FetchPace(outstanding=1)
    site.restarted_sync()
    site.announce()
    site.poll()
    for number in range(3):
        site.publish(changed(site.repository.content, {"subject-1": {"name": f"{number}"}}), held={1})
        site.announce()
        site.poll()
    site.settle()
    assert site.version == 4
    assert [item.version for item in site.news if isinstance(item, RegistryNews) and item.version] == [1, 4]


def test_a_snapshot_that_is_not_served_any_more_is_given_up_for_a_newer_one(site: Site) -> None:
    site.publish(large_content(1_000))
    site.pace = FetchPace(outstanding=1, stalled=100.0)
    site.restarted_sync()
    site.announce()
    site.poll()
    for number in range(17):
        site.publish(changed(site.repository.content, {"subject-1": {"name": f"{number}"}}))
    site.announce()
    for _ in range(130):
        site.poll()
    site.settle()
    assert site.version == 18


# --- roots, keys, urgency ------------------------------------------------------------------------


def test_after_a_rotation_the_gate_follows_and_refuses_the_old_key(site: Site) -> None:
    site.publish()
    site.announce()
    site.settle()
    thiefs_key = site.repository.registry_key
    site.repository.registry_key = new_key()
    site.repository.rotate()
    site.central()
    site.publish(changed(site.repository.content, RENAMED), held={1})
    site.announce()
    site.settle()
    assert site.version == 2
    forged = msgspec.structs.replace(site.publisher._site("green-court").manifest(2), version=99)
    signed = sign1.sign(encode_manifest(forged), thiefs_key, context=MANIFEST_CONTEXT)
    for _ in range(2):
        site.down.handle_message(RegistryManifest(signed), site.now)
        assert site.want(site.now + 60) is None
        site.restarted_sync()
    site.restarted_gate()
    assert site.version == 2, "the changes and the root are still believed after a start"


def test_what_a_stolen_key_signed_is_fetched_no_further_once_a_root_revokes_it(site: Site) -> None:
    """A broker that lets the new root through and holds back what is published under it gains nothing."""
    site.publish()
    site.publisher.revoke("green-court", NOW.at, passes={"cd" * 8})
    site.announce()
    assert site.want(site.now) is not None, "accepted, and not fetched yet"
    site.repository.registry_key = new_key()
    site.repository.rotate()
    site.down.handle_message(RegistryRoot(site.repository.roots), site.now)
    assert site.want(site.now + 60) is None
    assert site.down.refused == {"unsigned": 2}, "the manifest, and the list of revocations"


def test_a_root_that_revokes_a_command_key_reaches_gates_without_a_change_of_subjects(site: Site) -> None:
    [stolen, fresh] = (new_key().public_key().public_bytes_raw() for _ in range(2))
    site.repository.rotate(command_keys=(stolen,))
    site.central()
    site.publish()
    site.announce()
    site.settle()
    site.repository.rotate(command_keys=(fresh,))
    site.central()
    assert site.publish(held={1}) == 2
    site.announce()
    site.settle()
    held = site.registry_service.holdings()
    assert held is not None
    assert held.registry.root.command_keys == (fresh,)


def test_an_older_chain_of_roots_is_no_way_back(site: Site) -> None:
    old_root = RegistryRoot(site.repository.roots)
    site.repository.registry_key = new_key()
    site.repository.rotate()
    site.central()
    site.publish()
    site.announce()
    site.down.handle_message(old_root, site.now)
    site.settle()
    assert site.version == 1


def test_what_is_revoked_counts_no_more_before_any_version_is_published(site: Site) -> None:
    site.publish()
    site.announce()
    site.settle()
    site.publisher.revoke("green-court", NOW.at, passes={"cd" * 8}, subjects={"subject-1"})
    site.announce()
    site.registry_service.look()
    held = site.registry_service.holdings()
    assert held is not None
    assert "subject-1" not in held.registry.subjects
    assert "cd" * 8 in held.registry.revoked_passes
    assert held.gallery.subjects == 2, "nor is the face known any more"
    assert any(getattr(item, "urgent_revocations", None) == 1 for item in site.news)


def test_revocations_outlive_a_new_registry_key_and_are_sent_again_under_it(site: Site) -> None:
    """Publishing by a new key signs the list anew; sync brings it, though it says what it said."""
    site.publish()
    site.publisher.revoke("green-court", NOW.at, passes={"cd" * 8})
    site.announce()
    site.settle()
    before = (site.section.folder / "revoked.list").read_bytes()
    site.repository.registry_key = new_key()
    site.repository.rotate()
    site.central()
    site.publish(changed(site.repository.content, RENAMED))
    site.announce()
    site.settle()
    assert site.version == 2
    assert (site.section.folder / "revoked.list").read_bytes() != before
    site.news.clear()
    site.restarted_gate()
    assert "withdrawals" not in str([item.findings for item in site.news if isinstance(item, RegistryNews)])


def test_revocations_that_a_gate_has_lost_are_laid_before_it_again(site: Site) -> None:
    site.publish()
    site.publisher.revoke("green-court", NOW.at, passes={"cd" * 8})
    site.announce()
    site.settle()
    (site.section.folder / "revoked.list").write_bytes(b"damaged")
    site.section.inbox.with_name(URGENT_REVOCATIONS_NAME).unlink()
    site.news.clear()
    site.restarted_gate()
    held = site.registry_service.holdings()
    assert held is not None
    assert held.registry.pass_keys == {}
    assert "list 1 of urgent revocations was held and is lost" in str(site.news)
    site.now += site.pace.stalled
    site.settle()
    held = site.registry_service.holdings()
    assert held is not None
    assert held.registry.pass_keys
    assert "cd" * 8 in held.registry.revoked_passes


def test_a_manifest_that_a_wrong_clock_found_expired_is_taken_once_the_clock_is_right(site: Site) -> None:
    site.publish()
    site.wall = msgspec.structs.replace(NOW, at=NOW.at + timedelta(days=26_000))
    site.announce()
    site.settle()
    assert (site.version, dict(site.down.refused)) == (0, {"expired": 1})
    site.wall = NOW
    site.settle()
    assert (site.version, dict(site.down.refused)) == (1, {"expired": 1})


def test_revocations_add_up_and_end_for_subjects_that_are_published_again(site: Site) -> None:
    site.publish()
    site.publisher.revoke("green-court", NOW.at, subjects={"subject-1"})
    people = site.repository.content
    site.publish(msgspec.structs.replace(people, subjects=people.subjects[:1], templates=()))
    site.publish(people)
    listed = site.publisher.revoke("green-court", NOW.at, subjects={"subject-2"}, passes={"ef" * 8})
    assert (listed.number, listed.base) == (2, 3)
    assert listed.subjects == ("subject-2",)


def test_revocations_are_signed_again_when_the_key_is_replaced(site: Site) -> None:
    site.publish()
    site.publisher.revoke("green-court", NOW.at, passes={"cd" * 8})
    site.repository.registry_key = new_key()
    site.repository.rotate()
    site.central()
    site.publish(hours=1)
    site.announce()
    site.settle()
    held = site.registry_service.holdings()
    assert held is not None
    assert site.down._revocations is not None
    assert not site.down.refused


def test_the_gate_says_once_that_its_registry_has_expired_and_goes_on(site: Site) -> None:
    site.publish()
    site.announce()
    site.settle()
    site.wall = msgspec.structs.replace(NOW, at=NOW.at + timedelta(days=40))
    for _ in range(3):
        site.registry_service.look()
    assert [item.version for item in site.news if isinstance(item, RegistryNews) and item.expired] == [1]
    assert site.version == 1
    site.restarted_gate()
    assert sum(getattr(item, "expired", False) for item in site.news) == 2, "and once after each start"


def test_a_sync_process_that_ends_before_it_cleared_up_does_so_when_it_is_back(site: Site) -> None:
    """What it staged knows everybody of its version: nothing of it may outlive an erasure."""
    site.publish()
    site.announce()
    while not site.section.inbox.exists():
        site.now += 1.0
        want = site.want(site.now)
        assert want is not None
        for chunk in site.announcer.chunks(site.repository.site, want):
            site.down.handle_message(chunk, site.now)
    (site.folder / "spool" / f"{bytes(32).hex()}.part").write_bytes(b"of another day")
    site.restarted_sync()
    site.registry_service.look()
    assert (site.version, site.section.inbox.exists()) == (1, True)
    site.announce()
    site.settle()
    assert not site.section.inbox.exists()
    assert not list((site.folder / "spool").glob("*.part"))


# --- central -------------------------------------------------------------------------------------


def test_nothing_new_is_signed_while_nothing_changes_and_the_newest_is_young(site: Site) -> None:
    assert [site.publish(), site.publish(), site.publish(hours=24)] == [1, 1, 1]
    assert site.publish(hours=24 * 4) == 2, "gates call it stale after seven days"
    assert site.publish(changed(site.repository.content, RENAMED), hours=24 * 4) == 3


@pytest.mark.parametrize(
    ("stale", "days"),
    [
        (StaleRule(degrade_after=7 * DAY), 3.5),
        (StaleRule(degrade_after=7 * DAY, close_after=2 * DAY), 1.0),
        (StaleRule(degrade_after=90 * DAY, close_after=60 * DAY), 15.0),
    ],
)
def test_the_newest_is_renewed_long_before_gates_call_it_stale_or_expired(
    site: Site, stale: StaleRule, days: float
) -> None:
    content = site.repository.content
    policy = msgspec.structs.replace(content.policy, stale=stale)
    site.publish(msgspec.structs.replace(content, policy=policy))
    assert site.publish(hours=int(24 * days) - 1) == 1
    assert site.publish(hours=int(24 * days)) == 2


def test_old_versions_go_and_their_objects_with_them(site: Site) -> None:
    for number in range(20):
        site.publish(changed(site.repository.content, {"subject-1": {"name": f"{number}"}}))
    published = site.publisher._site("green-court")
    assert published.versions() == tuple(range(5, 21))
    named = {name for version in published.versions() for name in published._names(version)}
    assert {path.name for path in (site.folder / "central/green-court/objects").iterdir()} == named


def everywhere(folder: Path) -> dict[Path, bytes]:
    """Every file of centre, wire and gate; what is sealed opened."""
    found = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: data + _opened(data) for path, data in found.items()}


def _opened(data: bytes) -> bytes:
    """What is sealed in an object, or at the end of a bundle or a file of changes; empty where nothing is."""
    for magic in (bundle.MAGIC, changes.MAGIC):
        if data.startswith(magic):
            data = bytes(split_whole(data, magic, (1 << 24,) * 3)[2])
    for kind in ObjectKind:
        with suppress(BundleRefused):
            plain = open_object(data, kind, "green-court", SEAL_KEY)
            return zlib.decompress(plain) if kind is ObjectKind.CHANGES else plain
    return b""


def test_a_subject_that_a_version_erases_is_known_nowhere_once_gates_have_it(site: Site) -> None:
    name = "Li Xiaohong of the third floor"
    others = site.repository.content
    person = Subject("li-xiaohong", name=name)
    with_her = msgspec.structs.replace(others, subjects=(*others.subjects, person))
    steps = [
        others,
        with_her,
        changed(with_her, RENAMED),
        changed(others, {"subject-1": {"name": "a third one"}}),
    ]
    for number, content in enumerate(steps, start=1):
        knew = [path.name for path, data in everywhere(site.folder).items() if name.encode() in data]
        site.publish(content, held={number - 1})
        site.announce()
        site.settle()
        assert site.version == number
    assert len(knew) > 3, "she was known in many places"
    assert [path for path, data in everywhere(site.folder).items() if name.encode() in data] == []
    assert site.publisher._site("green-court").versions() == (4,)
    assert not site.section.inbox.exists()
    site.publish(changed(site.repository.content, RENAMED), held={4})
    site.announce()
    site.settle()
    assert site.version == 5, "and everything goes on from there"
    assert site.publisher._site("green-court").versions() == (4, 5)


def test_a_gate_that_was_away_during_an_erasure_gets_a_snapshot(site: Site) -> None:
    people = site.repository.content
    site.publish()
    site.announce()
    site.settle()
    site.publish(
        msgspec.structs.replace(people, subjects=people.subjects[:2], templates=people.templates[:2])
    )
    site.publish(changed(site.repository.content, RENAMED), held={1})
    site.announce()
    site.settle()
    assert site.version == 3
    assert [want.held for want in site.asked] == [0, 1]


def test_a_gate_of_another_site_gets_nothing_of_this_one(site: Site) -> None:
    site.publish()
    site.announce()
    want = site.want(1.0)
    assert want is not None
    assert list(site.announcer.chunks("red-court", want)) == []


class WireMachine(RuleBasedStateMachine):
    """Whatever is lost and whichever end restarts: in the end the gate holds what was published last."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.scratch = tempfile.TemporaryDirectory()
        self.site = Site(Path(self.scratch.name), pace=FetchPace(outstanding=2, ask_again_after=3.0))
        self.newest = 0

    @rule(name=st.text("ab", max_size=3), held=st.sets(st.integers(1, 6), max_size=3))
    def publish(self, name: str, held: set[int]) -> None:
        content = changed(self.site.repository.content, {"subject-1": {"name": name}})
        self.newest = self.site.publish(content, held=held)

    @rule(who=st.sampled_from(["gate", "sync", "central"]))
    def restart(self, who: str) -> None:
        {"gate": self.site.restarted_gate, "sync": self.site.restarted_sync, "central": self.site.central}[
            who
        ]()

    @rule(order=st.permutations(range(3)))
    def announce(self, order: list[int]) -> None:
        messages = self.site.announcer.announcements("green-court")
        for place in order:
            if place < len(messages):
                self.site.down.handle_message(messages[place], self.site.now)

    @rule(lose=st.booleans())
    def poll(self, lose: bool) -> None:
        before = self.site.version
        self.site.poll(lambda message: [] if lose else [message])
        assert self.site.version >= before

    @rule()
    def rotate(self) -> None:
        self.site.repository.registry_key = new_key()
        self.site.repository.rotate()
        self.site.central()

    @rule(name=st.sampled_from(["subject-0", "subject-2"]))
    def revoke(self, name: str) -> None:
        self.site.publisher.revoke("green-court", NOW.at, subjects={name})

    def teardown(self) -> None:
        with self.scratch:
            content = changed(self.site.repository.content, {"subject-2": {"name": "last"}})
            self.newest = self.site.publish(content)
            self.site.announce()
            self.site.settle()
            assert self.site.version == self.newest


WireMachine.TestCase.settings = settings(max_examples=tried(25), stateful_step_count=20, deadline=None)
test_in_the_end_the_gate_holds_what_was_published_last = WireMachine.TestCase
