"""A backup is read back only where every byte is what was written, by whom gates believe."""

from __future__ import annotations

import gzip
import io
import os
import random
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.backup.errors import BackupError
from edge.backup.keeping import keep_newest, name_of
from edge.backup.keys import make_identity, read_identities, recipients_of
from edge.backup.manifest import BackupManifest, TrustedSigners, encoded, signed
from edge.backup.reading import VerifiedBackup, read_entries, verify_backup
from edge.backup.writing import PART_BYTES, writing_backup
from edge.registry.format import anchor_of
from tests.edge.registry.repository import ISSUED
from tests.keys import ed25519

KEY, OTHER = ed25519("backup"), ed25519("somebody")
MANIFEST = BackupManifest("site", ("green-court",), 1, "0.1.0", msgspec.Raw(b"{}"), ())


def trust(key: Ed25519PrivateKey = KEY) -> TrustedSigners:
    raw = key.public_key().public_bytes_raw()
    return TrustedSigners((raw,), anchor_of([raw]), "central.pub")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and a backup of two entries and a stream."""
    folder = tmp_path_factory.mktemp("backup")
    public = make_identity(folder / "backup.key")
    noise = random.Random(1).randbytes(200_000)
    with writing_backup(folder / "whole.age", recipients_of([public], "--to")) as writer:
        writer.add("files/a", b"one")
        writer.add("files/b/c", noise)
        writer.add_stream("database/main", iter([bytes(PART_BYTES), b"end"]))
        writer.finish(MANIFEST, KEY)
    return folder


def verified(path: Path, place: Path, trusted: TrustedSigners | None = None) -> VerifiedBackup:
    return verify_backup(path, read_identities(place / "backup.key"), trusted or trust())


def test_what_was_written_is_read_back(place: Path) -> None:
    backup = verified(place / "whole.age", place)
    found: dict[str, bytes] = {}
    read_entries(
        backup,
        read_identities(place / "backup.key"),
        lambda entry, pieces: found.update({entry.name: b"".join(pieces)}),
    )
    assert found["files/a"] == b"one"
    assert found["database/main/00000001"] + found["database/main/00000002"] == bytes(PART_BYTES) + b"end"
    assert len(found) == 4
    assert not [file for file in place.iterdir() if file.name.endswith(".part")]


def test_age_and_tar_open_one_without_gatepost(place: Path) -> None:
    identities = read_identities(place / "backup.key")
    plain = pyrage.decrypt((place / "whole.age").read_bytes(), identities)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(plain))) as tar:
        assert tar.getnames()[-2:] == ["manifest.json", "manifest.sig"]


CUTS = [0, 10, 150, 400, 70_000, -1, -70_000]
BYTES = [5, 100, 150, 300, 66_000, -3, -100_000]


@pytest.mark.parametrize("length", CUTS)
def test_one_that_is_cut_off_is_refused(place: Path, tmp_path: Path, length: int) -> None:
    (tmp_path / "cut.age").write_bytes((place / "whole.age").read_bytes()[:length])
    with pytest.raises(BackupError, match=r"cut off|is no backup|is empty"):
        verified(tmp_path / "cut.age", place)


@pytest.mark.parametrize("at", BYTES)
def test_one_with_a_changed_byte_is_refused(place: Path, tmp_path: Path, at: int) -> None:
    data = bytearray((place / "whole.age").read_bytes())
    data[at] ^= 1
    (tmp_path / "altered.age").write_bytes(data)
    with pytest.raises(BackupError, match=r"altered|is no backup|encrypted to another"):
        verified(tmp_path / "altered.age", place)


def test_another_key_opens_nothing_and_another_signer_is_not_believed(place: Path, tmp_path: Path) -> None:
    make_identity(tmp_path / "other.key")
    with pytest.raises(BackupError, match="encrypted to another one"):
        verify_backup(place / "whole.age", read_identities(tmp_path / "other.key"), trust())
    with pytest.raises(BackupError, match="nobody here vouches for"):
        verified(place / "whole.age", place, trust(OTHER))


def made_up(
    place: Path, tmp_path: Path, entries: Iterator[tuple[tarfile.TarInfo, bytes]], tail: bytes = b""
) -> Path:
    """A backup that somebody made who knows the public key, and not ours."""
    out = io.BytesIO()
    for about, data in entries:
        out.write(about.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512))
    recipients = [identity.to_public() for identity in read_identities(place / "backup.key")]
    path = tmp_path / "made-up.age"
    path.write_bytes(pyrage.encrypt(gzip.compress(out.getvalue() + bytes(1024) + tail), recipients))
    return path


def entry(name: str, data: bytes, kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    about = tarfile.TarInfo(name)
    about.size, about.type = len(data), kind
    return about, data


def told(manifest: bytes, key: Ed25519PrivateKey = KEY) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [entry("manifest.json", manifest), entry("manifest.sig", signed(manifest, key))]


EMPTY = encoded(MANIFEST)
OUTSIDE = EMPTY.replace(
    b'"entries":[]', b'"entries":[{"name":"../../etc/x","size":0,"sha256":"' + b"A" * 43 + b'="}]'
)


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        ([entry("files/a", b"x"), *told(EMPTY)], "not those that were signed"),
        ([entry("files/a", b"x"), entry("files/a", b"x"), *told(EMPTY)], "there twice"),
        ([entry("files/a", b"", tarfile.SYMTYPE), *told(EMPTY)], "is no file"),
        ([entry("files/a", b"", tarfile.XHDTYPE), *told(EMPTY)], "is no file"),
        ([entry("manifest.sig", b"x" * 300)], "has 300 bytes"),
        ([entry("files/a", b"x")], "ends before its manifest"),
        (told(OUTSIDE), "cannot be read"),
        (told(b"[" * 5000), "cannot be read"),
        (told(EMPTY.replace(b'"form":1', b'"form":2')), "is of form 2"),
        (told(EMPTY, OTHER), "nobody here vouches for"),
        ([entry("manifest.json", EMPTY + b" "), entry("manifest.sig", signed(EMPTY, KEY))], "was altered"),
    ],
)
def test_what_somebody_made_up_is_refused(
    place: Path, tmp_path: Path, entries: list[tuple[tarfile.TarInfo, bytes]], what: str
) -> None:
    with pytest.raises(BackupError, match=what):
        verified(made_up(place, tmp_path, iter(entries)), place)


def test_nothing_may_follow_the_end(place: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="follows its end"):
        verified(made_up(place, tmp_path, iter(told(EMPTY)), bytes(5000)), place)


def test_one_that_fails_leaves_nothing_and_overwrites_nothing(place: Path, tmp_path: Path) -> None:
    public = recipients_of([str(read_identities(place / "backup.key")[0].to_public())], "--to")
    with pytest.raises(BackupError, match="exists already"), writing_backup(place / "whole.age", public):
        pass

    def pieces() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise ZeroDivisionError

    def write() -> None:
        with writing_backup(tmp_path / "new.age", public) as writer:
            writer.add_stream("database/main", pieces())

    with pytest.raises(ZeroDivisionError):
        write()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_is_named_and_nothing_is_left(place: Path, tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", tmp_path], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    public = recipients_of([str(read_identities(place / "backup.key")[0].to_public())], "--to")
    try:
        with (
            pytest.raises(BackupError, match="the disk is full") as refused,
            writing_backup(tmp_path / "new.age", public) as writer,
        ):
            writer.add_stream("database/main", (random.Random(n).randbytes(1 << 20) for n in range(9)))
        assert refused.value.where.endswith("new.age")
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_private_half_named_as_a_public_one_is_told(place: Path) -> None:
    private = (place / "backup.key").read_text().splitlines()[1]
    with pytest.raises(BackupError, match="must not be on this machine"):
        recipients_of([private], "[backup] recipients")
    with pytest.raises(BackupError, match="is no public key"):
        recipients_of(["age1x"], "--to")
    with pytest.raises(BackupError, match="to whom"):
        recipients_of([], "--to")


def test_the_newest_stay_and_what_is_called_otherwise(tmp_path: Path) -> None:
    names = [name_of("centre-a", ISSUED.replace(day=day)) for day in (1, 2, 3)]
    for name in (*names, "centre-ab-20260101T000000Z.age", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in keep_newest(tmp_path, "centre-a", 2)] == names[:1]
    assert len(list(tmp_path.iterdir())) == 4
    with pytest.raises(BackupError, match="keep 1 or more"):
        keep_newest(tmp_path, "centre-a", 0)
