"""Pages for tablets have a certificate after setup, and keep it: people compared its fingerprint."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.configuration import ConsoleSection, load_configuration
from edge.console.certificate import read_certificate
from edge.setup.asking import FromFile
from edge.setup.conversation import set_up
from edge.setup.core import Answers, SetupStep
from edge.setup.pages_certificate import certified
from tests.command_line import called
from tests.edge.setup.bench import NOW, Computer

NEARBY = "https://0.0.0.0:8443"


@pytest.fixture
def section(tmp_path: Path) -> ConsoleSection:
    return ConsoleSection(NEARBY, tmp_path / "certificate.pem", tmp_path / "key.pem", ("gate.local", "::1"))


def test_setup_makes_it_says_its_fingerprint_and_a_second_one_says_the_same(tmp_path: Path) -> None:
    called("site", "init", tmp_path / "green-court", "--mode", "code")
    given = Answers(site=str(tmp_path / "green-court"), camera="v4l2:0", console=NEARBY)
    ground, told = Computer(tmp_path).ground(), list[str]()
    assert set_up(ground, FromFile(given, told.append, "answers.toml"), given).good
    console = load_configuration(ground.gate_file).console
    assert console.certificate is not None
    assert console.key is not None
    assert console.key.stat().st_mode & 0o777 == 0o600
    held = read_certificate(console.certificate, console.key)
    assert f"  SHA-256 {held.fingerprint}" in told
    told.clear()
    set_up(
        ground,
        FromFile(Answers(), told.append, "answers.toml"),
        Answers(),
        (SetupStep.CONSOLE, SetupStep.START),
    )
    assert f"  SHA-256 {held.fingerprint}" in told
    assert console.listen == NEARBY


def test_it_is_for_the_names_that_gate_toml_says_and_an_address_is_one_to_type(
    section: ConsoleSection,
) -> None:
    told = certified(section, NOW)
    assert told[0] == "the staff's pages: https://gate.local:8443, https://[::1]:8443"


@pytest.mark.parametrize(
    ("names", "later", "same"),
    [
        (("gate.local",), timedelta(days=100), True),
        ((), timedelta(days=100), True),
        (("gate.local", "east.local"), timedelta(0), False),
        (("gate.local",), timedelta(days=380), False),
    ],
    ids=["there", "no names", "another name", "it ends soon"],
)
def test_one_that_tablets_know_stays_while_it_will_do(
    section: ConsoleSection, names: tuple[str, ...], later: timedelta, same: bool
) -> None:
    before = certified(section, NOW)
    again = ConsoleSection(section.listen, section.certificate, section.key, names)
    assert (certified(again, NOW + later)[-1] == before[-1]) == same


def test_pages_for_this_computer_alone_need_none(tmp_path: Path) -> None:
    here = ConsoleSection("http://127.0.0.1:8088", tmp_path / "certificate.pem", tmp_path / "key.pem")
    assert certified(here, NOW) == ()
    assert list(tmp_path.iterdir()) == []
