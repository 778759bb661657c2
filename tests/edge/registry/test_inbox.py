"""What others put before a gate costs no more memory than its kind may have, and a bundle what was signed."""

from __future__ import annotations

import ast
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from edge.registry.format import MOST_BUNDLE_BYTES
from edge.registry.inbox import CHANGES_NAME, URGENT_REVOCATIONS_NAME
from edge.signing.key_files import public_pem
from edge.support.files import opened_bounded, read_bounded
from tests.conftest import REPOSITORY
from tests.edge.registry.repository import NOW, SITE, Repository

GIGABYTES_2 = 2 << 30
MEBIBYTES_MORE = 12
"""By so much a look may grow the process, whatever lies there: roots, manifest and what checks them."""


def sparse(path: Path, size: int, head: bytes = b"") -> None:
    """A file that says that it has `size` bytes, and takes room on the disk for `head` alone."""
    path.write_bytes(head)
    os.truncate(path, size)
    assert path.stat().st_blocks * 512 < 1 << 20


def genuine(repository: Repository) -> bytes:
    return repository.bundle()


NAMES = {
    "bundle": "registry.bundle",
    "changes": CHANGES_NAME,
    "revocations": URGENT_REVOCATIONS_NAME,
}
HEADS: dict[str, Callable[[Repository], bytes]] = {
    "zeros": lambda _: b"",
    "a signed beginning": genuine,
    "a claim of all": lambda _: b"gatepost registry 1\n" + b"\xff" * 64,
}


SIZES = (
    ("bundle", GIGABYTES_2),
    ("bundle", MOST_BUNDLE_BYTES),
    ("changes", GIGABYTES_2),
    ("revocations", GIGABYTES_2),
)


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int, str], list[str]]:
    """What a look at each of these did to its process: started once, for that takes longest."""
    folders = {}
    for number, (head, (name, size)) in enumerate(product(HEADS, SIZES)):
        folder = folders[name, size, head] = tmp_path_factory.mktemp(f"inbox{number}")
        repository = Repository()
        pem = b"".join(public_pem(key.public_key()) for key in repository.root_keys)
        (folder / "root.pub").write_bytes(pem)
        sparse(folder / NAMES[name], size, HEADS[head](repository))
    command = [sys.executable, "-m", "tests.edge.registry.bounded_child", SITE, NOW.at.isoformat()]
    done = subprocess.run(
        [*command, *map(str, folders.values())],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return dict(zip(folders, map(str.split, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("name", "size"), SIZES)
def test_a_gate_reads_no_more_of_what_lies_before_it_than_was_signed(
    looks: dict[tuple[str, int, str], list[str]], name: str, size: int, head: str
) -> None:
    grown, *refused = looks[name, size, head]
    assert refused == ["unreadable"] if head != "a claim of all" or size == GIGABYTES_2 else ["too_large"]
    assert int(grown) < MEBIBYTES_MORE << 10, f"{int(grown) / 1024:.0f} MiB"


def test_a_file_is_judged_by_its_size_before_a_byte_of_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_bounded(path, 5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes") as refused:
        read_bounded(path, 4)
    assert refused.value.errno == errno.EFBIG


def test_a_file_that_grows_while_it_is_read_is_not_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    with opened_bounded(path, 100) as file:
        with path.open("ab") as more:
            more.write(b"678")
        with pytest.raises(BlockingIOError, match="is being written"):
            file.whole()


def test_a_link_is_followed_only_where_a_person_names_the_file(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"12345")
    link.symlink_to(path)
    assert read_bounded(link, 5, follow=True) == b"12345"
    with pytest.raises(OSError, match="link") as refused:
        read_bounded(link, 5)
    assert refused.value.errno == errno.ELOOP


OURS = {
    "edge/diagnostics/check_packaged.py": "what the kernel says",
    "edge/setup/conversation.py": "gate.toml, and what comes with the package",
    "edge/setup/units.py": "what comes with the package",
    "sync/ca/site_secrets.py": "what the authority has written itself",
    "sync/installing/plan.py": "what comes with the package",
    "sync/updates/host.py": "what comes with the package, and what its generator made",
    "sync/updates/trust.py": "what was fetched, whose length is signed and bounded before",
    "edge/calibration/files.py": "what comes with the package",
    "edge/cli/passes.py": "what comes with the package",
    "edge/demo/morning.py": "what the demo has just written",
    "edge/demo/portraits.py": "what the demo has fetched, by its hash",
    "edge/vision/worker/worker.py": "the kernel's",
    "sync/central/demo/centre.py": "what the demo has just written",
    "edge/web/rendering.py": "what comes with the package",
    "edge/web/catalogs.py": "what comes with the package",
    "sync/central/web/pages/worker.py": "what comes with the package",
    "sync/simulation/own_centre.py": "what comes with the package",
    "sync/transport/rabbitmq/files.py": "what comes with the package",
}


READ_WHOLE = frozenset({"read_bytes", "read_text"})


def test_no_file_is_read_whole_but_by_the_bounded_reader() -> None:
    """`read_bytes` and `read_text` read what there is, be it 2 GB. Files of our own are named above."""
    found = set()
    for folder in ("edge", "sync"):
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            text = path.read_text()
            if not any(name in text for name in READ_WHOLE):  # parsing takes long
                continue
            named = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
            if named & READ_WHOLE:
                found.add(str(path.relative_to(REPOSITORY)))
    assert found == OURS.keys()
