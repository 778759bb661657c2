"""`gatepost lane rest`: systemd waits for it before it starts a gate again, so it loads little."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.command_line import called

LISTED = """\
import json, sys
from sync.cli.main import main
sys.argv = ["gatepost", "lane", "rest", "--config", sys.argv[1]]
try:
    main()
except SystemExit as end:
    print(json.dumps({"ended": end.code, "loaded": sorted(sys.modules)}))
"""
NOT_FOR_PINS = (
    "numpy",
    "cryptography",
    "cyclopts",
    "structlog",
    "edge.decision",
    "edge.encounter",
    "edge.vision",
)


def test_bringing_a_lane_to_rest_loads_no_more_than_its_pins(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text('[gate]\nid = "main"\nsite = 12\n[lane]\nboard = "simulated"\npins = "simulated"\n')
    done = subprocess.run(
        [sys.executable, "-c", LISTED, str(file)], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    assert said["ended"] in {None, 0}
    assert not set(NOT_FOR_PINS) & set(said["loaded"])


def test_asked_by_a_person_it_answers(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text('[gate]\nid = "main"\n[lane]\nboard = "simulated"\npins = "simulated"\n')
    answer = called("lane", "rest", "--json", "--config", file).stdout
    assert json.loads(answer) == {"gate": "main", "outputs": "inactive"}
