"""The gate's process killed, the disk full, the disk broken: at every write that an append makes.

Real processes, real SQLite, real system calls; strace kills the child at, or fails, the n-th call.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from edge.journal.factory import open_journal
from edge.journal.reader import JournalReader
from tests.examples import alike, few

CHILD = Path(__file__).with_name("appending_child.py")
Calls = Callable[[str], range]
FOLLOWED = ("-f",)
ONLY_TRACED = (*FOLLOWED, "--seccomp-bpf")
"""What is not traced does not stop: most of a child's time is its start."""


@pytest.fixture(scope="module")
def strace() -> str:
    """The tracer; the test skips where there is none or it may not trace."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("LOUD SKIP: no strace: apt-get install strace")
    tried = subprocess.run([found, *ONLY_TRACED, "-o", "/dev/null", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"LOUD SKIP: strace may not trace here: {tried.stderr.decode()[:100]}")
    return found


def appended(strace: str, path: Path, inject: str, count: int = 4, *more: str) -> list[str]:
    """What the child said, run under `inject`."""
    # What is not traced is not injected into.
    traced = inject.partition(":")[0]
    stops = FOLLOWED if ":signal=" in inject else ONLY_TRACED  # strace 6.1 sends no signal by the other
    command = [strace, *stops, "-o", "/dev/null", "-e", f"trace={traced}", "-e", f"inject={inject}"]
    command += [sys.executable, str(CHILD), str(path), str(count), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def calls_of_an_append(strace: str, tmp_path_factory: pytest.TempPathFactory) -> Calls:
    """Counts which calls of a kind belong to the appends, once for each kind."""
    return cache(lambda call: _calls_of_an_append(strace, tmp_path_factory.mktemp("counted"), call))


def _calls_of_an_append(strace: str, folder: Path, call: str) -> range:
    """Those between the first answer and the last."""
    path, log = folder / "counted.sqlite", folder / "calls"
    with open_journal(path, "main"):
        pass
    command = [strace, *ONLY_TRACED, "-o", str(log), "-e", f"trace=write,{call}", sys.executable, str(CHILD)]
    subprocess.run([*command, str(path), "4"], capture_output=True, timeout=60, check=True)
    counted, answers = 0, []
    for line in log.read_text().splitlines():
        counted += f" {call}(" in line
        if " write(1, " in line:
            answers.append(counted)
    return range(answers[0], answers[-1] + 1)


def assert_whole(path: Path, said: list[str]) -> None:
    """Everything acknowledged is there with its hash, the chain holds, and the next number is new."""
    acknowledged = dict(line.split() for line in said if not line.startswith("refused"))
    with open_journal(path, "main") as journal:
        before = journal.last()
    with closing(JournalReader(path)) as reader:
        entries = list(reader.every())
        assert list(reader.verify()) == []
    stored = {str(entry.sequence): entry.hash.hex() for entry in entries}
    assert acknowledged.items() <= stored.items()
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert before is None or before.sequence == len(entries)


@pytest.mark.longer
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_a_process_killed_at_any_write_loses_nothing_it_acknowledged(
    strace: str, calls_of_an_append: Calls, tmp_path: Path, call: str
) -> None:
    answered = set()
    for when in few(calls_of_an_append(call), 4):
        path = tmp_path / f"journal-{when}.sqlite"
        with open_journal(path, "main"):
            pass
        said = appended(strace, path, f"{call}:signal=KILL:when={when}")
        answered.add(len(said))
        assert_whole(path, said)
    assert answered >= {1, 2, 3}, "the kills have to reach into the appends"


@pytest.mark.longer
@pytest.mark.parametrize(
    ("call", "error", "name"),
    alike(
        [
            ("pwrite64", "ENOSPC", "JournalFull"),
            ("fdatasync", "EIO", "JournalUnavailable"),
            ("pwrite64", "EIO", "JournalUnavailable"),
        ],
    ),
)
def test_a_write_that_fails_is_never_reported_as_stored_and_the_next_goes_on(
    strace: str, calls_of_an_append: Calls, tmp_path: Path, call: str, error: str, name: str
) -> None:
    refused = 0
    for when in few(calls_of_an_append(call), 3):
        path = tmp_path / f"journal-{when}.sqlite"
        with open_journal(path, "main"):
            pass
        said = appended(strace, path, f"{call}:error={error}:when={when}")
        refusals = [line for line in said if line.startswith("refused")]
        refused += len(refusals)
        assert all(line == f"refused {name}" for line in refusals)
        assert len(said) == 4, "the store goes on after the fault"
        assert_whole(path, said)
    assert refused >= 3, "the faults have to hit appends"


@pytest.mark.longer
@pytest.mark.parametrize(
    ("call", "inject"),
    alike(
        [
            ("fdatasync", "error=EIO"),
            ("pwrite64", "signal=KILL"),
            ("pwrite64", "error=ENOSPC"),
            ("fdatasync", "signal=KILL"),
        ],
    ),
)
def test_a_fault_at_any_write_of_acknowledging_and_pruning_loses_nothing(
    strace: str, calls_of_an_append: Calls, tmp_path: Path, call: str, inject: str
) -> None:
    reached = 0
    first = calls_of_an_append(call).start
    for when in few(range(first, first + 24, 3), 4):
        path = tmp_path / f"journal-{when}.sqlite"
        with open_journal(path, "main"):
            pass
        said = appended(strace, path, f"{call}:{inject}:when={when}", 4, "prune")
        stored = dict(line.split() for line in said if not line.startswith("refused"))
        with open_journal(path, "main") as journal:
            journal.prune(keep=1)
        with closing(JournalReader(path)) as reader:
            assert list(reader.verify()) == []
            held = {str(entry.sequence): entry.hash.hex() for entry in reader.every()}
            gone = {position.sequence for position in reader.pruned().values()} or {0}
            signed = {position.sequence for position, _ in reader.acknowledged().values()} or {0}
        assert max(gone) <= max(signed)
        left = {number: digest for number, digest in stored.items() if int(number) > max(gone)}
        assert left.items() <= held.items()
        reached += len(said) < 4 or any(line.startswith("refused") for line in said)
    assert reached >= 2, "the faults have to hit"
