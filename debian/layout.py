"""What lies where: units, users, folders, rules, pages and examples, in the version's tree and on the system.

The files of a version are in its tree. The system has links through `current` to its users, folders and
rules, so that who goes to another version goes to those too, and a copy of its units.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from debian.tree import Version

CURRENT = "/opt/gatepost/current"
_CENTRAL = ("gatepost-central", "gatepost-authority")
_PLACES = {
    ".service": ("lib/systemd/system", ""),
    ".socket": ("lib/systemd/system", ""),
    ".path": ("lib/systemd/system", ""),
    ".timer": ("lib/systemd/system", ""),
    ".target": ("lib/systemd/system", ""),
    ".sysusers": ("lib/sysusers.d", ".conf"),
    ".tmpfiles": ("lib/tmpfiles.d", ".conf"),
    ".rules": ("lib/udev/rules.d", ".rules"),
    ".generator": ("lib/systemd/system-generators", ""),
}
"""Where in a tree, and in /usr, a file of systemd/ goes, by its kind, and the ending that it has there."""
_EXAMPLES = {
    "boards": "firmware_config/boards",
    "boot": "firmware_config/boot",
    "mosquitto": "firmware_config/mosquitto",
    "udev": "firmware_config/udev",
    "host": "systemd/host",
}


def is_centrals(name: str) -> bool:
    """Whether a file of systemd/ belongs to gatepost-central."""
    return name.startswith(_CENTRAL)


def placed(root: Path) -> Iterator[tuple[Path, str]]:
    """Every file of systemd/, and the names of ports; the path of each in a tree and in /usr."""
    for file in sorted(item for item in (root / "systemd").iterdir() if item.is_file()):
        place, ending = _PLACES[file.suffix]
        stem = f"60-{file.stem}" if file.suffix == ".rules" else file.stem
        yield file, f"{place}/{stem}{'' if file.suffix == '.generator' else ending or file.suffix}"
    # Those of scanners are the site's to adapt; a port has its name everywhere.
    ports = root / "firmware_config/udev/71-gatepost-ports.rules"
    yield ports, f"lib/udev/rules.d/{ports.name}"


def add_units(root: Path, stage: Path, version: Version, *, central: bool) -> None:
    """The files of systemd/ that the package has, and where the system looks for them."""
    for file, place in placed(root):
        if is_centrals(file.name) == central:
            _copy(file, stage / version.home / place)
            if place.startswith("lib/systemd/"):
                # Not a link: `systemctl enable` follows it to its end, and enables the file of one version.
                # And what chooses a version's units is not that version's.
                _copy(file, stage / "usr" / place)
            else:
                _link(stage / "usr" / place, f"{CURRENT}/{place}")


def add_command(stage: Path) -> None:
    """`gatepost` on everybody's path."""
    _link(stage / "usr/bin/gatepost", f"{CURRENT}/bin/gatepost")


def add_pages(root: Path, stage: Path, version: Version) -> None:
    """The documentation, examples, and what the host can be given; man pages and completion are in build/."""
    share = stage / version.home / "share/gatepost"
    shutil.copytree(root / "docs", share / "docs", ignore=shutil.ignore_patterns("vectors"))
    for name, folder in _EXAMPLES.items():
        shutil.copytree(root / folder, share / name)
    for page in sorted((root / "docs").glob("*.md")):
        _link(stage / "usr/share/doc/gatepost" / page.name, f"{CURRENT}/share/gatepost/docs/{page.name}")
    for page in sorted((root / "build/man").glob("*.1")):
        _compress(page.read_bytes(), stage / "usr/share/man/man1" / f"{page.name}.gz")
    shells = {
        "gatepost": "bash-completion/completions/gatepost",
        "_gatepost": "zsh/vendor-completions/_gatepost",
        "gatepost.fish": "fish/vendor_completions.d/gatepost.fish",
    }
    for file in sorted((root / "build/completion").iterdir()):
        _copy(file, stage / "usr/share" / shells[file.name])


def add_update_root(root: Path, stage: Path, version: Version) -> None:
    """The publisher's first keys, which `gatepost update` believes where update.toml names no others."""
    try:
        signed = json.loads(root.read_bytes())["signed"]
        is_root = signed["_type"] == "root" and bool(signed["roles"]["targets"]["keyids"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise SystemExit(f"{root}: the publisher's root cannot be read: {error}") from None
    if not is_root:
        raise SystemExit(f"{root}: is no root of a repository: give metadata/1.root.json of yours")
    _copy(root, stage / version.home / "share/gatepost/update-root.json")


def add_papers(stage: Path, package: str, copyright_text: str, changelog: str) -> None:
    """What Debian's policy asks of every package: copyright and changelog."""
    folder = stage / "usr/share/doc" / package
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "copyright").write_text(copyright_text)
    _compress(changelog.encode(), folder / "changelog.gz")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _link(link: Path, target: str) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)


def _compress(data: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(data, 9, mtime=0))


def add_overrides(source: Path, stage: Path, package: str) -> None:
    """What lintian is told of, each with its reason."""
    _copy(source, stage / "usr/share/lintian/overrides" / package)
