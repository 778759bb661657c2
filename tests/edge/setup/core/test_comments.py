"""Comments outlive what they do not belong to; which do not is said."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.scanners.configuration import ScannerSection
from edge.setup.core import ON_SYSTEM, changed_document, draft_of
from edge.setup.core.comments import comments_in, lost_comments
from edge.thermometry.configuration import ThermometerSection
from tests.edge.setup.core.test_document import BY_HAND, DESK, read

COMMENTED = f"""{BY_HAND}
# the second scanner
[[scanner]]
# in two
name = "two"
kind = "serial"
device = "/dev/ttyAMA1"   # beside two

# the thermometer
[thermometer]
# in the thermometer
kind = "mlx90614"
# was 0.4

# the staff
[staff]   # beside staff
file = "f"
socket = "s"
"""
BEFORE = draft_of(read(COMMENTED))
OLD, TWO = BEFORE.scanner


@pytest.mark.parametrize(
    ("scanners", "lost"),
    [
        ((), ["# in two", "# beside two"]),
        ((OLD,), ["# in two", "# beside two"]),
        ((TWO,), []),
        ((TWO, OLD), []),
        ((OLD, TWO, DESK), []),
        ((DESK,), ["# in two", "# beside two"]),
        ((replace(TWO, name="serial"),), []),
        ((replace(OLD, name="serial"), replace(TWO, name="serial-2")), []),
        ((replace(OLD, name="two"), replace(TWO, name="old")), []),
    ],
    ids=str,
)
def test_only_what_is_said_within_a_scanner_goes_with_it(
    scanners: tuple[ScannerSection, ...], lost: list[str]
) -> None:
    wanted = replace(BEFORE, scanner=scanners)
    after = changed_document(COMMENTED, BEFORE, wanted, ON_SYSTEM)
    assert draft_of(read(after)) == wanted
    assert lost_comments(COMMENTED, after) == tuple(lost)


def test_what_is_said_above_a_table_stays_there() -> None:
    after = changed_document(COMMENTED, BEFORE, replace(BEFORE, scanner=(TWO,)), ON_SYSTEM)
    assert "# the second scanner\n[[scanner]]\n# in two" in after
    assert "# the thermometer\n[thermometer]" in after
    wanted = replace(BEFORE, scanner=(), thermometer=ThermometerSection())
    after = changed_document(COMMENTED, BEFORE, wanted, ON_SYSTEM)
    assert draft_of(read(after)) == wanted
    assert "# was 0.4\n\n# the staff\n[staff]   # beside staff" in after
    assert lost_comments(COMMENTED, after) == ("# in two", "# beside two", "# in the thermometer")


@pytest.mark.parametrize(
    "written", ['thermometer = {kind = "simulated"}\n', 'thermometer.kind = "simulated"\n']
)
def test_a_thermometer_that_is_written_in_another_way_goes_too(written: str) -> None:
    text = f"# ours\n{written}{COMMENTED.partition('[thermometer]')[0]}"
    before = draft_of(read(text))
    after = changed_document(text, before, replace(before, thermometer=ThermometerSection()), ON_SYSTEM)
    assert draft_of(read(after)).thermometer == ThermometerSection()
    assert lost_comments(text, after) == ()


def test_what_is_a_comment_is_not_taken_from_a_text() -> None:
    text = """a = "no # comment"   # one
b = '# no'  # two \\"
c = \"\"\"
# no \\\"\"\" # no
\"\"\"\"  # three
d = [ # four
  1, # five
]
e = '''
# no''' # six
"""
    assert comments_in(text) == ["# one", '# two \\"', "# three", "# four", "# five", "# six"]


def test_a_password_in_a_comment_is_not_shown() -> None:
    assert lost_comments("# rtsp://gate:s3cret@camera/1", "") == ("# rtsp://gate:***@camera/1",)
