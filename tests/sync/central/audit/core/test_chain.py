"""The hash of an entry depends on each of its fields, on the entry before, and not on words that are gone."""

from __future__ import annotations

from msgspec.structs import replace

from sync.central.audit.core.chain import BEGIN, AuditRecord, Words, entry_hash, words_hash

RECORD = AuditRecord(
    1, 2, 3, "Wang Fang", "session", "set_status", "subject", "green-court", 4, bytes(32), "{}"
)
OTHER = AuditRecord(2, 3, 4, "Li Na", "token", "publish", "policy", None, None, bytes([1]) * 32, '{"a":1}')


def test_every_field_counts_and_so_does_the_entry_before() -> None:
    changed = [replace(RECORD, **{name: getattr(OTHER, name)}) for name in AuditRecord.__struct_fields__]
    hashes = {entry_hash(BEGIN, record) for record in [RECORD, *changed]}
    hashes.add(entry_hash(bytes([1]) * 32, RECORD))
    assert len(hashes) == len(changed) + 2


def test_words_are_hashed_under_a_salt() -> None:
    words = [Words("li-na", "asked by phone"), Words("li-na", ""), Words("", "li-na"), Words("", "")]
    assert len({words_hash(salt, each) for each in words for salt in (b"a", b"b")}) == 8


def test_what_was_written_by_another_version_is_hashed_as_it_was() -> None:
    """The encoding never changes: chains outlive every version."""
    assert (
        entry_hash(BEGIN, RECORD).hex() == "de11927a41ed186a0dd27c16747214dfe0f915066f6b9d589c2b59f64c788235"
    )
    assert (
        words_hash(b"salt", Words("li-na", "asked by phone")).hex()
        == "5dc8f6bb7b80e9843fa3901dc2c76ba20d5ed559bc2d0bb052020fecebba4352"
    )
