"""Three safes and a rotation, told by commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import called


def run(folder: Path, *words: str, fails: bool = False) -> str:
    done = called(*words, cwd=folder)
    assert (done.returncode != 0) is fails, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def safes(tmp_path: Path) -> Path:
    for name in ("one", "two", "three", "registry", "policy", "registry-2"):
        run(tmp_path, "root", "key", "create", f"{name}.key")
    anchor = b"".join((tmp_path / f"{name}.pub").read_bytes() for name in ("one", "two", "three"))
    (tmp_path / "root.pub").write_bytes(anchor)
    return tmp_path


def drafted(folder: Path, registry: str) -> None:
    roots = [word for name in ("one", "two", "three") for word in ("--root", f"{name}.pub")]
    run(folder, "root", "draft", "next", *roots, "--registry", f"{registry}.pub", "--policy", "policy.pub")


def test_two_of_three_make_a_root_and_rotate_a_key(safes: Path) -> None:
    drafted(safes, "registry")
    assert "0 of the keys" in run(safes, "root", "adopt", "next", fails=True)
    run(safes, "root", "sign", "next", "--key", "one.key")
    assert "signed by 1 of the keys" in run(safes, "root", "adopt", "next", fails=True)
    assert not (safes / "roots").exists()
    run(safes, "root", "sign", "next", "--key", "three.key")
    assert "root 1" in run(safes, "root", "adopt", "next")
    drafted(safes, "registry-2")
    for name in ("two", "three"):
        run(safes, "root", "sign", "next", "--key", f"{name}.key")
    told = run(safes, "root", "adopt", "next")
    assert "root 2" in told
    assert "2 of 3 make the next one" in told
    assert "2 roots" in run(safes, "root", "show")


def test_a_machines_key_is_not_a_root_key_and_junk_is_named(safes: Path) -> None:
    drafted(safes, "registry")
    for name in ("registry", "policy"):
        run(safes, "root", "sign", "next", "--key", f"{name}.key")
    assert "0 of the keys" in run(safes, "root", "adopt", "next", fails=True)
    (safes / "junk").write_bytes(b"junk")
    assert "not a draft of a root" in run(safes, "root", "sign", "junk", "--key", "one.key", fails=True)
    assert "exists" in run(safes, "root", "key", "create", "one.key", fails=True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--threshold", "2"), "2 of 1 keys"),
        (("--threshold", "99999999999999999999"), "--threshold"),
        (("--command", "one.pub"), "another role"),
        (("--expires-in", "9999999d"), "100 years"),
    ],
)
def test_a_root_that_cannot_be_is_not_carried_from_safe_to_safe(
    safes: Path, words: tuple[str, ...], why: str
) -> None:
    keys = ("--root", "one.pub", "--registry", "registry.pub", "--policy", "policy.pub")
    assert why in run(safes, "root", "draft", "next", *keys, *words, fails=True)
    assert not (safes / "next").exists()


def test_the_public_half_of_a_key_is_shown_as_it_was_made(safes: Path) -> None:
    assert run(safes, "root", "key", "show", "registry.key") == (safes / "registry.pub").read_text()
