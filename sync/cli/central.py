"""`gatepost central`: the operations centre. Each group is loaded only when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, JsonLogs, answer
from edge.cli.files_to_read import ToRead
from sync.cli.broker_address import SERVICES_PORT, broker_address
from sync.cli.central_context import CentralFile, central_file

_STATUS = """Say how the fleet is doing; exit 1 where something needs a person.

That is a gate that is silent, or that does not hold the newest version of its registry, the newest root or
the newest revocations; a key of this centre that the newest root does not name; a database that was
restored; published files that the daemon cannot read; a finding.

Example: gatepost central status"""

_EXPORT = """Export what gates wrote to FILE, with a signed proof of its completeness in FILE.proof.

The proof names, for each journal of each device, the range of sequences that the export covers, and
signs the digest of all rows. A text that a spreadsheet would take for a formula has a quote before it.

Example: gatepost central export november.csv --since 2026-11-01 --until 2026-11-30 --actor "Wang Fang\""""

_VERIFY = """Check that an export is as the centre signed it, and say what it covers; exit 1 where it is not.

It needs no database and no network. Every row is checked against the ranges that the proof names; of
whole events (--what events) the hashes are computed anew, as the gates made them.

Example: gatepost central verify-export november.csv --key central.pub"""

_IMPORT = """Import subjects from a list (CSV or a workbook), or a whole site from its folder: consents and
sealed templates too.

Example: gatepost central import residents.csv --site green-court --dry-run"""

_EXPLAIN = """Say why a gate decided as it did: the same decision made again, rule by rule.

It goes by what the gate wrote down, and by the registry's version of that moment. What is missing of that is
said. With it comes what would have let the person pass. Exit 1 where deciding again does not give the same.

Example: gatepost central explain gp-0001 48213"""

_DEMO = """Make a centre with a street of sites and a day of accesses, and serve its console; ^C stops it.

Nobody lives in that street; its gates' journals are signed, decided and stored as those of real ones. It
prints the console's address and a link that signs in once. Without FOLDER it is gone afterwards.

Example: gatepost central demo"""

_SETUP = """Make a centre on this machine: users, authority, broker, database, first administrator, units.

It can be run again, also after it was interrupted: it changes what is not so yet, and leaves what somebody
changed by hand, and says so. A database on this machine (postgresql:///gatepost) is made, and central is
known to it by its system user. --dry-run prints every step and does nothing.

Example: gatepost central setup --host broker.example.org --database postgresql:///gatepost"""

_CHECK = """Look for what keeps this centre from working, or soon will; exit 1 if anything does.

Files and their owners, certificates, broker and what its lists allow, database and its version, clock, disk,
ports, timers, registries and their end, gates, mail, backups. Each with what to do.

Example: gatepost central check"""

app = cyclopts.App(name="central", help="Run the operations centre.")
app.command("sync.cli.central_setup:setup", name="setup", help=_SETUP)
app.command("sync.cli.central_check:check", name="check", help=_CHECK)
app.command("sync.cli.central_imports:import_subjects", name="import", help=_IMPORT)
app.command("sync.cli.central_status:status", name="status", help=_STATUS)
app.command("sync.cli.central_alarms:alarm_app", name="alarm", help="What needs somebody, once each.")
app.command(
    "sync.cli.central_flow:flow_app", name="flow", help="Who is inside, by the journals of all gates."
)
app.command("sync.cli.central_journal:journal_app", name="journal", help="The journals of all gates.")
app.command("sync.cli.central_gates:site_app", name="site", help="The sites, and where they are.")
app.command(
    "sync.cli.central_addresses:address_app",
    name="address",
    help="The address codes of a site: building/unit/room.",
)
app.command(
    "sync.cli.central_places:place_app",
    name="place",
    help="The places: cities, districts, streets, communities, sites.",
)
app.command(
    "sync.cli.central_template_key:template_key_app",
    name="template-key",
    help="The key of a site's faces: exchange it when a device is lost.",
)
app.command("sync.cli.central_gates:gate_app", name="gate", help="The gates: versions, last seen, gaps.")
app.command(
    "sync.cli.central_receipts:receipt_app", name="receipt", help="Which gates confirm that somebody is gone."
)
app.command("sync.cli.central_subjects:subject_app", name="subject", help="The people of every site.")
app.command(
    "sync.cli.central_registry:registry_app", name="registry", help="Publish registries, revoke at once."
)
app.command(
    "sync.cli.central_trust:trust_app",
    name="trust",
    help="Whose health certificates count, and which are revoked.",
)
app.command("sync.cli.central_command:command_app", name="command", help="Give a gate a command, by name.")
app.command("sync.cli.central_rollouts:rollout_app", name="rollout", help="Newer software, by stages.")
app.command("sync.cli.central_mail:mail_app", name="mail", help="Whether this centre can send mail.")
app.command("sync.cli.central_users:user_app", name="user", help="Who may sign in, and what they may do.")
app.command("sync.cli.central_tokens:token_app", name="token", help="What lets programs use the API.")
app.command("sync.cli.central_audit:audit_app", name="audit", help="Who did what, chained by hash.")
app.command("sync.cli.central_export:export", name="export", help=_EXPORT)
app.command("sync.cli.central_export:verify_export", name="verify-export", help=_VERIFY)
app.command(
    "sync.cli.central_reports:report_app",
    name="report",
    help="Figures of a place and some days, with their proof.",
)
app.command(
    "sync.cli.central_history:history_app",
    name="history",
    help="Events and accesses that are old, as Parquet files.",
)
app.command("sync.cli.central_history:hold_app", name="hold", help="What no rule deletes, for a case.")
app.command(
    "sync.cli.central_history:retention_app",
    name="retention",
    help="How long accesses, evidence and the rest are kept.",
)
app.command("sync.cli.central_explain:explain_decision", name="explain", help=_EXPLAIN)
app.command("sync.cli.central_demo:demo", name="demo", help=_DEMO)
app.command(
    "sync.cli.central_backup:backup_app",
    name="backup",
    help="The whole centre in one encrypted file, and back.",
)
app.command(
    "sync.cli.central_broker:broker_app",
    name="broker",
    help="A cluster of RabbitMQ: its files, and what it has to hold.",
)
app.command("sync.cli.central_ca:ca_app", name="ca", help="The site's own small certificate authority.")


@app.command
def init(
    folder: Annotated[Path, Parameter(help="Where the centre is made.")],
    /,
    *,
    database: Annotated[str | None, Parameter(help="Its URL; by default a SQLite file in FOLDER.")] = None,
    broker: Annotated[str, Parameter(help="HOST or HOST:PORT.")] = "localhost",
    plain: Annotated[bool, Parameter(help="No TLS, for a broker on this machine.")] = False,
    take_over: Annotated[Path | None, ToRead, Parameter(help="The folder of a site to take over.")] = None,
    json: Json = False,
) -> None:
    """Make a centre in FOLDER, or bring the database of one up to date. Nothing is overwritten.

    With --take-over it goes on where that site's own administration has been: the same keys, rules, people
    and versions, so that the gates notice nothing. Lock the site's folder away then: two that sign
    contradict each other.

    Example: gatepost central init centre --broker mqtt.example.org --take-over green-court
    """
    from edge.admin.site_admin import open_site_admin
    from sync.central.setup import init_central

    host, port = broker_address(broker, plain=plain, tls_port=SERVICES_PORT)
    admin = None if take_over is None else open_site_admin(take_over)
    configuration, version = init_central(folder, database, host, port, plain=plain, admin=admin)
    taken = [] if take_over is None else _taken_over(folder, take_over)
    key = configuration.central.key.with_suffix(".pub")
    answer(
        {"folder": str(folder), "database_version": version, "key": str(key), "taken_over": taken},
        f"centre in {folder}: database version {version}",
        *taken,
        f"every gate holds {key}",
        json=json,
    )


def _taken_over(folder: Path, site: Path) -> list[str]:
    """What was taken over from the folder of a site, in lines."""
    from edge.admin.site_admin import open_site_admin
    from edge.support.counted import counted
    from sync.central.imports.applying import apply_import
    from sync.central.imports.planning import plan_site_import
    from sync.central.site_import import record_site_import
    from sync.cli.central_context import limits_of, opened, whose
    from sync.transport.clock import wall

    admin = open_site_admin(site)
    with opened(folder / "central.toml") as store, store.writing() as connection:
        taken = plan_site_import(connection, admin.folder)
        limits = limits_of(folder / "central.toml")
        apply_import(connection, taken, whose(""), wall(), limits, f"import of {site.name}")
        record_site_import(connection, folder, admin, wall())
    people = counted(taken.added, "person", "people")
    end = f"taken over from {site}: {people}, keys, rules and the newest registry"
    return [*taken.lines(newcomers=False), end]


@app.command
def run(
    *,
    config: CentralFile = None,
    only: Annotated[
        tuple[Literal["console", "api", "ingester", "publisher"], ...],
        Parameter(help="Run this part alone; may be given several times."),
    ] = (),
    json: JsonLogs = False,
) -> None:
    """Run console, API, ingester and publisher in the foreground, as systemd does. A first signal stops
    it, a second ends it at once.

    Pages are at http://127.0.0.1:8080 unless [console] says otherwise; they answer, and /health says how
    it is, also while the broker is away. The first to sign in is made by: gatepost central user create.

    Example: gatepost central run --config /etc/gatepost-central/central.toml
    """
    from edge.cli.logs import log_to_stderr
    from edge.support.stop_signals import stopped_by_signals
    from sync.central.configuration import load_configuration
    from sync.central.running import EVERY_PART, RunPart, run_centre

    log_to_stderr(json=json)
    with stopped_by_signals() as stop:
        run_centre(load_configuration(central_file(config)), stop, [*map(RunPart, only)] or EVERY_PART)
