"""What an administrator mistypes at a site or a centre: it is said in one object, and nothing is done."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from tests.command_line import called

HUGE = "9" * 30
AT_A_CENTRE = {
    # What there is not is refused, never taken for something that is empty.
    "subject list nowhere": (1, "no site 'nowhere'"),
    "address list nowhere": (1, "no site 'nowhere'"),
    "registry publish nowhere": (1, "no site 'nowhere'"),
    "journal tail --device nobody": (1, "no device 'nobody'"),
    "flow rebuild --device nobody": (1, "no device 'nobody'"),
    "gate show nobody": (1, "no device 'nobody'"),
    "gate retire nobody": (1, "no device 'nobody'"),
    "command send nobody open_once --actor W": (1, "'nobody' is unknown"),
    "explain nobody 1": (1, "no event 1"),
    "report show -1": (1, "no report -1"),
    "alarm show 7": (1, "no alarm 7"),
    "hold lift 7 --reason x": (1, "no hold 7"),
    "rollout stop 7": (1, "no roll-out 7"),
    "token revoke 7": (1, "no token 7"),
    "gate invitation revoke 7": (1, "no open invitation 7"),
    "user show nobody": (1, "no account 'nobody'"),
    "place show nowhere": (1, "no place 'nowhere'"),
    "retention set accesses --days 400 --place nowhere": (1, "no place 'nowhere'"),
    "subject status set green-court nobody red --actor W": (1, "no subject 'nobody'"),
    "hold create nowhere --case 1 --reason x": (1, "no site 'nowhere'"),
    # Numbers beyond what anybody means.
    "audit list --count -1": (2, "--count"),
    f"audit list --count {HUGE}": (2, "--count"),
    "alarm list --count 0": (2, "--count"),
    f"hold create green-court --case 1 --reason x --review {HUGE}": (2, "--review"),
    "retention set accesses --days -1": (1, "-1 days"),
    f"report show {HUGE}": (1, "mistyped"),
    f"explain nobody {HUGE}": (1, "mistyped"),
    "rollout create 1.0.0 --most-failed 101": (2, "--most-failed"),
    "gate invite green-court/main --hours nan": (2, "[adoption]"),
    "ca code create gp-1 --hours nan --folder ca": (2, "--hours"),
    # Words that are none, or contradict each other.
    "audit list --about li-na": (2, "KIND:ID"),
    "audit verify --expect 1:zz": (2, "NUMBER:HASH"),
    "report create --first 2026-13-01": (2, "is not a day"),
    "export a.csv --actor W --since 2027-01-01 --until 2026-01-01": (2, "ends before it begins"),
    'export a.csv --actor " "': (2, "--actor"),
    'subject status set green-court li-na red --actor ""': (2, "--actor"),
    "gate create 'bad id' --site green-court --gate main --key central.pub": (1, "not a device id"),
    "gate create gp-1 --site green-court --gate main --key central.toml": (1, "not a public key"),
    "site set x --time-zone Mars/Phobos": (2, "no time zone"),
    "place create x --level site": (1, "site set"),
    "setup --host 'bad host' --dry-run": (2, "'bad host'"),
    "setup --host a.example --database foo --dry-run": (2, "'foo'"),
    "setup --host a.example --database gatepost:s3cret@foo --dry-run": (2, "'foo'"),
    "setup --host a.example --database postgresql://foo/?password=s --dry-run": (2, "--database-password"),
    "ca init --site x --host 'bad host' --folder other": (1, "'bad host'"),
    "ca issue web --host 'bad host' --folder ca": (1, "'bad host'"),
    "ca issue ../web --folder ca": (1, "not a service name"),
    # A file that is not what it should be is named.
    "subject receipt verify central.toml": (1, "central.toml"),
    "trust publish green-court central.toml": (1, "central.toml"),
    "verify-export central.toml --key central.pub": (1, "no proof"),
    "backup verify central.toml --identity central.key": (1, "central.key"),
    "import central.toml --site green-court": (1, "the first line names them"),
}


AT_A_SITE = {
    "subject list --folder nowhere": (2, "no site here"),
    "subject status set nobody red": (1, "no subject 'nobody'"),
    "subject consent withdraw li-na --actor ''": (2, "--actor"),
    "subject create x --group ''": (1, "subject x"),
    "subject create x --valid-from 2027-01-01 --valid-until 2026-01-01": (1, "not after its begin"),
    "subject near-miss list --days -1": (2, "--days"),
    "pass revoke foo": (1, "no pass 'foo'"),
    "pass issue li-na --gates nowhere": (2, "no gate nowhere"),
    "registry build --expires-in 999999999999d": (2, "--expires-in"),
    "registry build --expires-in 0d": (2, "--expires-in"),
    "trust build --expires-in 101y": (2, "--expires-in"),
    "trust revoke": (2, "which certificates?"),
    "trust revoke --file nowhere": (2, "No such file"),
    "root key show policy.toml": (1, "not a private key"),
    "root show --draft policy.toml": (2, "not a draft"),
    "journal tail -n -1 --config gates/main/gate.toml": (2, "-n"),
    "gate count set -1 --actor W --config gates/main/gate.toml": (2, "INSIDE"),
    "site backup create out --to foo --keep 0": (2, "--keep"),
    "update repository key create root keys --count 0": (2, "--count"),
    "faces calibrate . --out file.json --false-matches 0": (2, "--false-matches"),
    "simulate fleet --rate nan": (2, "--rate"),
}


def test_what_is_mistyped_at_a_site_is_named(tmp_path: Path) -> None:
    assert called("site", "init", tmp_path / "site").returncode == 0
    site = tmp_path / "site"
    assert called("subject", "create", "li-na", cwd=site).returncode == 0
    are_named(AT_A_SITE, site)
    assert called("registry", "build", cwd=site).returncode == 0, "nothing was stored that none holds"


def test_what_is_mistyped_at_a_centre_is_named(tmp_path: Path) -> None:
    site = tmp_path / "green-court"
    assert called("site", "init", site).returncode == 0
    assert called("central", "init", tmp_path, "--plain", "--take-over", site).returncode == 0
    authority = ("--site", "x", "--host", "y", "--folder", tmp_path / "ca")
    assert called("central", "ca", "init", *authority).returncode == 0
    (tmp_path / "sites/green-court/lists.pub").touch()
    are_named({f"central {line}": how for line, how in AT_A_CENTRE.items()}, tmp_path)


def are_named(wrong: dict[str, tuple[int, str]], folder: Path) -> None:
    """Each of the lines ends with its code, tells it in one object, and leaves no file."""
    before = files_below(folder)
    for line, (code, said) in wrong.items():
        done = called(*shlex.split(line), "--json", cwd=folder)
        assert (done.returncode, done.stdout) == (code, ""), f"{line}: {done}"
        problem = json.loads(done.stderr)
        assert problem.keys() == {"error", "where", "remedy"}, line
        assert any(said in text for text in problem.values()), f"{line}: {problem}"
    assert files_below(folder) == before


def files_below(folder: Path) -> set[Path]:
    """All but databases with what lies beside them, and the lock of who publishes."""
    return {path for path in folder.rglob("*") if ".sqlite" not in path.name and path.name != "lock"}
