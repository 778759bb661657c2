"""Whether the arm64 package's programs start and work, under qemu-user: `python -m tests.lab.arm PACKAGE`.

In a bare arm64 Debian (debootstrap's first stage: nothing of it is configured), every instruction of Python,
of OpenCV, of the decoder and of the signatures is emulated, the vision worker's too. Few machines lend
binfmt_misc, so a small program of this processor stands in for Python and calls the emulator with it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.lab.debian import GUEST, MIRROR, named_in
from tests.lab.errors import LabError
from tests.lab.places import Places
from tests.lab.site import gatepost, made

EMULATOR = Path("/usr/bin/qemu-aarch64-static")
REPLAY = ("replay", "--json", "--config", "/srv/green-court/gates/main/gate.toml")
PACKAGES = ("python3", "libzbar0", "ca-certificates")


def main() -> None:
    """Unpack the package, and let it decide on a pass in a picture."""
    [package] = map(Path, sys.argv[1:])
    places = Places.of_environment()
    root = unpacked(places, package, "trixie" if "deb13" in package.name else "bookworm")
    site = root / "srv" / "green-court"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(_site(places), site)
    for what, words in (
        ("starts", ("--version",)),
        ("verifies a bundle", ("registry", "show", "--folder", "/srv/green-court", "--json")),
        ("decodes a picture and decides", (*REPLAY, "/srv/green-court/pass.png")),
    ):  # fmt: skip
        before = time.monotonic()
        said = in_root(root, *words)
        print(
            f"{what}: {said.strip().splitlines()[-1][:160]} ({time.monotonic() - before:.0f} s)", flush=True
        )
    answer = json.loads(said.splitlines()[-1])
    if answer["decision"] != "grant":
        raise LabError(f"a resident's pass does not open: {answer}")


def in_root(root: Path, *words: str) -> str:
    """What the package's `gatepost WORDS` prints, emulated; it has to succeed."""
    line = [
        "unshare",
        f"--mount-proc={root}/proc",
        "/usr/sbin/chroot",
        str(root),
        "/opt/gatepost/current/bin/gatepost",
    ]
    done = subprocess.run([*line, *words], capture_output=True, text=True, check=False, env={"HOME": "/root"})
    if done.returncode:
        raise LabError(
            f"gatepost {' '.join(words)} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"
        )
    return done.stdout


def unpacked(places: Places, package: Path, suite: str) -> Path:
    """A root with the package's files in it."""
    root = places.root(f"{suite}-arm64")
    if not root.is_dir():
        part = root.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        line = [
            "debootstrap",
            "--arch=arm64",
            "--foreign",
            "--variant=minbase",
            f"--include={','.join(named_in(suite, PACKAGES))}",
        ]
        subprocess.run([*line, suite, str(part), MIRROR], check=True, stdout=subprocess.DEVNULL)
        for archive in sorted((part / "var/cache/apt/archives").glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", str(archive), str(part)], check=True)
        _stand_in(part)
        part.rename(root)
    shutil.copy(EMULATOR, root)
    shutil.rmtree(root / "opt/gatepost", ignore_errors=True)
    subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True)
    [version] = [each.name for each in (root / "opt/gatepost").iterdir() if not each.is_symlink()]
    (root / "opt/gatepost/current").symlink_to(version)
    return root


def _stand_in(root: Path) -> None:
    """Let Python be called by its name, also by a program that starts another."""
    [python] = (root / "usr/bin").glob("python3.??")
    source, name = GUEST / "emulated.c", f"/usr/bin/{python.name}"
    python.rename(python.with_name(f"{python.name}.arm"))
    subprocess.run(["gcc", "-static", f'-DPROGRAM="{name}"', "-o", str(python), str(source)], check=True)


def _site(places: Places) -> Path:
    folder = places.folder / "arm" / "green-court"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made(folder, 1)
        gatepost(folder, "pass", "issue", "resident-00", "--out", "pass.png")
        # Emulated on a busy computer, a picture takes longer than a worker may be silent.
        gate = folder / "gates" / "main" / "gate.toml"
        gate.write_text(gate.read_text().replace("[vision]\n", "[vision]\nhang_after = 600\n"))
    return folder


if __name__ == "__main__":
    main()
