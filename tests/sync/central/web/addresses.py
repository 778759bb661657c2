"""Where the routes with parameters lead in the town: a line for each route, which its part adds.

`test_leaks.py` asks each of them as somebody of another street, `test_axe.py` opens those that are pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import randbytes
from urllib.parse import quote

import msgspec
import sqlalchemy as sa

from edge.decision import Policy, Status, StatusRecord
from edge.registry_requests import (
    EnrolmentRequest,
    RequestKind,
)
from sync.central.accesses.accesses import AccessFilters, accesses
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.tables import account, account_grant, token
from sync.central.adoption.tables import gate_invitation
from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind, Severity
from sync.central.alarms.core.rules import AlarmRule
from sync.central.alarms.digesting import digest
from sync.central.alarms.editing import set_rule
from sync.central.alarms.listing import AlarmFilters, alarms_in, watcher_of
from sync.central.changes.appeals import open_appeal
from sync.central.changes.core.change import PutPolicy, SetStatus
from sync.central.changes.core.state import ChangeSetState
from sync.central.changes.submitting import WaitingSet, submit
from sync.central.changes.tables import change_set
from sync.central.configuration import ChangesSection
from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.core.roster import DutyShift, Roster
from sync.central.dispatch.rosters import Worker, put_worker
from sync.central.dispatch.tasks import open_task, send_to
from sync.central.enrolments.requests import keep
from sync.central.entry_holds.holds import begin, open_holds
from sync.central.explain.running import SPAN, Answer, keep_answer, policy_id
from sync.central.explain.what_if import what_if
from sync.central.flow.core.levels import Limit
from sync.central.flow.core.where import site as flow_site
from sync.central.flow.limits import put_limit
from sync.central.flow.zones import ZoneGate, put_zone
from sync.central.history.core.holds import Scope
from sync.central.history.holds import NewHold, make_hold
from sync.central.imports.uploads import keep_upload
from sync.central.isolation.tables import home_visit
from sync.central.journals.acknowledging import findings_in
from sync.central.journals.chains import chain_of
from sync.central.journals.findings import Finding, FindingKind, record_findings
from sync.central.people.erasures import note_erasure
from sync.central.places.sight import EVERYWHERE
from sync.central.reports.core.report import Kind
from sync.central.reports.keeping import WantedReport, ask
from sync.central.reports.loop import Maker
from sync.central.reports.schedules import Schedule, make_schedule
from sync.central.reports.tables import report
from sync.central.rollouts.core.plan import Rules
from sync.central.rollouts.rollouts import begin as begin_rollout
from sync.central.rollouts.tables import rollout
from sync.central.store import Store
from sync.central.units import DAY, HOUR
from sync.central.visits.core.limits import WantedVisit
from sync.central.visits.invitations import make_invitation
from sync.central.visits.tables import employer, employer_list
from sync.central.visits.visits import Inviting, invite
from sync.central.web.report_view import ReportPress
from sync.gate_invitation.packets import GatePart
from tests.keys import ed25519
from tests.sync.central.web.town import NOW, Town


@dataclass(frozen=True)
class At:
    """The address of something in the town's street. `form` is what a POST brings."""

    address: Callable[[Town, Store], str]
    form: Mapping[str, str] = field(default_factory=dict)


def at(path: str, form: Mapping[str, str] | None = None) -> At:
    """An address by the town's own things: {site}, {device}, {person}, {epoch}, {street}, {place}."""

    def address(town: Town, _: Store) -> str:
        values = {
            "site": town.site.file.id,
            "device": town.gate.device,
            "gate": town.gate.gate,
            "person": town.person.id,
            "epoch": town.gate.epoch.hex(),
            "street": str(town.street),
        }
        return path.format_map({name: quote(value, safe="") for name, value in values.items()})

    return At(address, form or {})


def _manage(path: str, form: Mapping[str, str] | None = None) -> At:
    return at(f"/places/manage/{{street}}/{path}", form)


def _visit(path: str) -> At:
    """An act on a visit to the street's first site, which is made for it."""

    def address(town: Town, store: Store) -> str:
        with store.writing() as connection:
            wanted = WantedVisit("赵客", town.now, town.now + HOUR)
            made = invite(connection, town.site.file.id, wanted, Inviting("何静"), town.now)
        return f"/visits/{made.number}/{path}"

    return At(address)


def _home_visit(town: Town, store: Store) -> str:
    """A home visit to the street's first person, which is due for it."""
    site, person = town.site.file.id, town.person.id
    with store.writing() as connection:
        due = {"occasion": "begin", "opens_at": town.now, "due_at": town.now + HOUR + randbytes(1)[0]}
        asked = Assignment(None, "isolation_visit", site, None, person, town.now + HOUR, 3)
        number = open_task(connection, asked, town.now)
        made = sa.insert(home_visit).values(site=site, subject=person, task=number, **due)
        kept = connection.execute(made.returning(home_visit.c.number)).scalar_one()
    return f"/isolation/visits/{kept}/done"


def _link() -> At:
    """Withdraws the link of a resident, which is made for it."""

    def address(town: Town, store: Store) -> str:
        with store.writing() as connection:
            site, host, until = town.site.file.id, town.person.id, town.now + HOUR
            number, _ = make_invitation(connection, site, host, 1, until, "何静", town.now)
        return f"/visits/links/{number}/withdraw"

    return At(address)


def an_access(town: Town, store: Store) -> str:
    with store.reading() as connection:
        (newest,) = accesses(connection, EVERYWHERE, AccessFilters(site=town.site.file.id), count=1)
    return f"/accesses/{newest.device}/{newest.epoch.hex()}/{newest.sequence}"


def _zone(path: str) -> Callable[[Town, Store], str]:
    """Of a zone of the street's first gate, which is made for it."""

    def address(town: Town, store: Store) -> str:
        with store.writing() as connection:
            gate = ZoneGate(town.site.file.id, town.site.gates[0])
            number = put_zone(connection, "market hall", town.street, [gate], "何静", town.now)
        return path.format(number)

    return address


def _limit(town: Town, store: Store) -> str:
    """Removes a limit of the street's first site, which is set for it."""
    with store.writing() as connection:
        of = flow_site(town.site.file.id)
        return f"/zones/limits/{put_limit(connection, of, Limit(4, 6), '何静', town.now)}/remove"


def _entry_hold(town: Town, store: Store) -> str:
    """Releases entries that are held for it at the street's first site."""
    with store.writing() as connection:
        what, until = str(flow_site(town.site.file.id)), town.now + HOUR
        devices = [town.site.device(gate) for gate in town.site.gates]
        begin(connection, what, devices, "何静", "full", until, town.now)
        [held] = open_holds(connection, town.now, what)
        return f"/flow/holds/{held.number}/release"


def a_finding(town: Town, store: Store) -> str:
    """Where somebody says that they took care of a finding of the town's gate."""
    device, epoch = town.gate.device, town.gate.epoch
    with store.writing() as connection:
        held = chain_of(connection, device, epoch)
        assert held is not None
        found = Finding(device, epoch, FindingKind.FLOODING, 0, 0, device)
        record_findings(connection, held.number, [found], town.now)
        [listed, *_] = findings_in(connection, EVERYWHERE, device_id=device, only_open=False, count=1)
    return f"/findings/{listed.number}/acknowledge"


def a_hold(town: Town, store: Store) -> str:
    """A hold on what there is of the street's first site."""
    wanted = NewHold("2026-17", Scope(town.site.file.id), "a test", town.now + 30 * DAY)
    with store.writing() as connection:
        number = make_hold(connection, wanted, "somebody", town.now)
    return f"/holds/{number}/lift"


def an_alarm(town: Town, store: Store) -> str:
    """An alarm at the street's first site, raised for it."""
    cue = Cue(AlarmKind.BARRIER_FORCED, town.site.file.id, town.gate.device, town.gate.device, town.now)
    with store.writing() as connection:
        digest(connection, [cue], town.now)
        [listed, *_] = alarms_in(
            connection, watcher_of(command_line_actor("何静")), AlarmFilters(device=town.gate.device)
        )
    return f"/alarms/{listed.number}"


def a_rule(town: Town, store: Store) -> str:
    """A rule of the street, made for it."""
    rule = AlarmRule(AlarmKind.GATE_DARK, Severity.SOON, place=town.street)
    with store.writing() as connection:
        number = set_rule(connection, command_line_actor("何静"), rule, "a test", town.now)
    return f"/alarms/rules/{number}/remove"


def _alarm(act: str, form: Mapping[str, str] | None = None) -> At:
    return At(lambda town, store: an_alarm(town, store) + act, form or {})


def _erased(path: str) -> At:
    """Of somebody of the street's first site who was erased, for it."""

    def address(town: Town, store: Store) -> str:
        site = town.site.file.id
        with store.writing() as connection:
            note_erasure(connection, site, "gone-1", {}, actor="何静", why="a request", now=town.now)
        return f"/people/{site}/gone-1/{path}"

    return At(address)


def _upload(path: str) -> At:
    """Of a list for the street's first site, which is uploaded for it."""

    def address(town: Town, store: Store) -> str:
        data = f"id,name,valid_until\n{town.person.id},{town.person.name},2026/6/1\n".encode()
        actor, site = command_line_actor("何静"), town.site.file.id
        number = keep_upload(store, actor, site, "list.csv", data, (), town.now, ChangesSection())
        return f"/imports/{number}{path}"

    return At(address)


_PERSON = "/people/{site}/{person}"
_SEEN = {"seen": "{}", "why": "a test"}
_STATUS = {"value": "red", "source": "x", "reason": "x", "rule": "x", **_SEEN}
_HOUR_OUT = {"reason": "x", "since": "2027-01-01T00:00", "until": "2027-01-01T01:00", **_SEEN}


def an_account(path: str, form: Mapping[str, str] | None = None) -> At:
    """An account that is operator of the street; nothing of the making is noted."""

    def address(town: Town, store: Store) -> str:
        with store.writing() as connection:
            if (
                connection.execute(sa.select(account).where(account.c.name == "of.the.street")).first()
                is None
            ):
                values = {"name": "of.the.street", "display": "何静", "handle": b"of", "made_at": town.now}
                made = sa.insert(account).values(**values).returning(account.c.number)
                number = connection.execute(made).scalar_one()
                grant = {"account": number, "role": "operator", "place": town.street, "at": town.now}
                connection.execute(sa.insert(account_grant).values(**grant))
                held = {
                    "hash": b"x",
                    "label": "of the street",
                    "acts": "see",
                    "made_at": 0,
                    "until": town.now + HOUR,
                }
                connection.execute(sa.insert(token).values(account=number, **held))
        return path

    return At(address, form or {})


_ROLE = {"role": "auditor", "place": "1"}


def _employer(path: str) -> At:
    """Something of an employer at the street's first site, and of a list that it sent: {employer}, {list}."""

    def address(town: Town, store: Store) -> str:
        by = {"made_at": 0, "made_by": "何静"}
        sent = {"name": "list.csv", "data": b"id,name,valid_until\n1,x,2026-03-05\n", "at": 0, "by": "x"}
        with store.writing() as connection:
            values = {"site": town.site.file.id, "name": "工厂", "shifts": [], "until": town.now + HOUR, **by}
            made = sa.insert(employer).values(values).returning(employer.c.number)
            number = connection.execute(made).scalar_one()
            values = {"employer": number, "people": 1, "wrong": 0, **sent}
            sending = sa.insert(employer_list).values(values).returning(employer_list.c.number)
            kept = connection.execute(sending).scalar_one()
        return path.format(employer=number, list=kept)

    return At(address)


def _put_aside(connection: sa.Connection) -> None:
    """End what was asked for by earlier addresses: so many may wait, and each role asks anew."""
    waits = sa.update(change_set).where(
        change_set.c.state == ChangeSetState.WAITING, change_set.c.account.is_(None)
    )
    connection.execute(waits.values(state=ChangeSetState.WITHDRAWN))


def _change(path: str = "") -> At:
    """A change of six people of the street's first site, which waits for a second person."""

    def address(town: Town, store: Store) -> str:
        red = StatusRecord(Status.RED, "疾控中心", "阳性", "核酸", NOW)
        changes = [SetStatus(town.site.file.id, person.id, red) for person in town.site.people[:6]]
        with store.writing() as connection:
            _put_aside(connection)
            actor, why = command_line_actor("何静"), "今早的名单"
            made = submit(connection, actor, changes, why=why, now=town.now, limits=ChangesSection())
        return f"/approvals/{made.number}{path}"

    return At(address, {"why": "looked at"})


def _appeal(path: str = "") -> At:
    """An appeal of a person of the street's first site."""

    def address(town: Town, store: Store) -> str:
        site, person = town.site.file.id, town.person.id
        with store.writing() as connection:
            number = open_appeal(connection, command_line_actor("何静"), site, person, "为什么？", town.now)
        return f"/appeals/{number}{path}"

    return At(address, {"text": "x", "source": "x", "rule": "x"})


def _enrolment(path: str) -> At:
    """A request of the street's first gate to enrol a person."""

    def address(town: Town, store: Store) -> str:
        site, person = town.site.file.id, town.person
        asked = EnrolmentRequest(
            randbytes(16),
            RequestKind.ENROL,
            town.now,
            person.id,
            "wang",
            person.version,
            "sface",
            (b"sealed",),
            "2026-11",
        )
        with store.writing() as connection:
            keep(connection, site, town.gate.device, town.gate.gate, asked, town.now)
        return f"/enrolments/{asked.id.hex()}{path}"

    return At(address, {"why": "the lease has ended"})


def _policy_that_waits(town: Town, store: Store) -> str:
    """What a policy of the street's first site would have changed, which waits for a second person."""
    with store.writing() as connection:
        _put_aside(connection)
        change = PutPolicy(town.site.file.id, '[gates.north]\nmode = "code"\n')
        actor = command_line_actor("何静")
        waits = submit(connection, actor, [change], why="a test", now=town.now, limits=ChangesSection())
    assert isinstance(waits, WaitingSet)
    return f"/approvals/{waits.number}/what-if"


def _answer(town: Town, store: Store) -> str:
    """What rules would have changed at the street's first site, answered before."""
    site, policy = town.site.file.id, Policy()
    found = what_if(store, site, policy, town.now - SPAN, town.now)
    keep_answer(store, site, policy_id(policy), Answer(found, town.now, 1))
    return f"/what-if/{quote(site, safe='')}/{policy_id(policy)}"


def _report(path: str) -> At:
    """A report of the street, made once for each store; its paper is none that anybody would read."""

    def address(town: Town, store: Store) -> str:
        with store.writing() as connection:
            street = sa.select(report.c.number).where(report.c.place == town.street)
            number = connection.execute(street).scalar()
            if number is None:
                day = NOW.date()
                wanted = WantedReport(town.street, Kind.SINGLE, day, day, "Asia/Shanghai", "zh")
                number = ask(connection, wanted, "a test", town.now)
        maker = Maker(store, ed25519("town"), lambda: town.now, ReportPress(""), lambda _: b"%PDF-")
        maker.make_now(number)
        return path.format(number=number)

    return At(address)


def _report_schedule(town: Town, store: Store) -> str:
    wanted = Schedule(
        0, town.street, "", Kind.DAILY, "Asia/Shanghai", "zh", ("a@example.org",), "x", town.now
    )
    with store.writing() as connection:
        return f"/reports/schedules/{make_schedule(connection, wanted, town.now)}/end"


def _task(path: str, form: Mapping[str, str] | None = None, *, offered: bool = False) -> At:
    """An act on a task at the street's first site, which is opened for it; {worker} is somebody on duty."""

    def address(town: Town, store: Store) -> str:
        with store.writing() as connection:
            worker = _somebody(connection, town)
            assignment = Assignment(None, "barrier_forced", town.site.file.id, None, None, town.now, 1)
            number = open_task(connection, assignment, town.now)
            if offered:
                send_to(connection, EVERYWHERE, number, worker, "何静", town.now)
        return f"/dispatch/{number}/{path}"

    return At(address, form or {})


def _somebody(connection: sa.Connection, town: Town) -> int:
    """A worker of the street, always the same."""
    always = Roster((DutyShift(frozenset(range(7)), 0, 0),))
    held = Worker(0, town.street, "street-1", "周敏", "zh", "", "", None, None, always)
    return put_worker(connection, held, "何静", town.now)[0]


def _worker(path: str, form: Mapping[str, str] | None = None) -> At:
    def address(town: Town, store: Store) -> str:
        with store.writing() as connection:
            return f"/roster/{_somebody(connection, town)}/{path}"

    return At(address, form or {})


def _gate_invitation(path: str) -> At:
    """An invitation of a gate of the street's first site, which is made for it."""

    def address(town: Town, store: Store) -> str:
        values = {
            "site": town.site.file.id,
            "gate": f"north-{randbytes(4).hex()}",
            "device": f"{town.site.file.id}.north",
            "proof": randbytes(32),
            "part": msgspec.json.encode(
                GatePart("x", town.site.file.id, "north", "entry", "zh", "broker.example.org", 8883, "key")
            ),
            "replaces": False,
            "made_at": town.now,
            "made_by": "何静",
            "until": town.now + HOUR,
        }
        with store.writing() as connection:
            made = sa.insert(gate_invitation).values(values).returning(gate_invitation.c.number)
            return f"/gate-invitations/{connection.execute(made).scalar_one()}{path}"

    return At(address)


def _rollout(path: str) -> At:
    """A roll-out within the street, one for each store."""

    def address(town: Town, store: Store) -> str:
        with store.writing() as connection:
            street = sa.select(rollout.c.number).where(rollout.c.place == town.street)
            number = connection.execute(street.where(rollout.c.ended_at.is_(None))).scalar()
            if number is None:
                actor = command_line_actor("何静")
                number = begin_rollout(connection, actor, "9.9.9", town.street, Rules(), "x", town.now)
        return f"/rollouts/{number}{path}"

    return At(address, {"why": "a test", "most_failed": "50"})


_ZONE = {"name": "hall", "place": "1", "gate": "as_is nowhere main"}
ADDRESSES: Mapping[tuple[str, str], At] = {
    ("GET", "/flow/{site}"): at("/flow/{site}"),
    ("GET", "/gate-invitations"): at("/gate-invitations?site={site}"),
    ("GET", "/gate-invitations/{number}"): _gate_invitation(""),
    ("GET", "/gate-invitations/{number}/stream"): _gate_invitation("/stream"),
    ("POST", "/gate-invitations/{number}/withdraw"): _gate_invitation("/withdraw"),
    ("POST", "/gates/{device}/revoke"): at("/gates/{device}/revoke"),
    ("GET", "/rollouts/plan"): at("/rollouts/plan?version=9.9.9&place={street}"),
    ("GET", "/rollouts/{number}"): _rollout(""),
    ("GET", "/rollouts/{number}/stream"): _rollout("/stream"),
    ("POST", "/rollouts/{number}/stop"): _rollout("/stop"),
    ("POST", "/rollouts/{number}/resume"): _rollout("/resume"),
    ("GET", "/flow/zones/{number}"): At(_zone("/flow/zones/{}")),
    ("GET", "/flow/places/{number}"): at("/flow/places/{street}"),
    ("POST", "/flow/places/{number}/hold"): at("/flow/places/{street}/hold", {"why": "full"}),
    ("POST", "/flow/{site}/hold"): at("/flow/{site}/hold", {"why": "full"}),
    ("POST", "/flow/zones/{number}/hold"): At(_zone("/flow/zones/{}/hold"), {"why": "full"}),
    ("POST", "/flow/holds/{number}/release"): At(_entry_hold),
    ("POST", "/zones/{number}"): At(_zone("/zones/{}"), _ZONE),
    ("POST", "/zones/{number}/remove"): At(_zone("/zones/{}/remove")),
    ("POST", "/zones/limits/{number}/remove"): At(_limit),
    ("GET", "/reports/{number}"): _report("/reports/{number}"),
    ("GET", "/reports/{number}/pdf"): _report("/reports/{number}/pdf"),
    ("GET", "/reports/{number}/xlsx"): _report("/reports/{number}/xlsx"),
    ("GET", "/reports/{number}/parquet"): _report("/reports/{number}/parquet"),
    ("GET", "/reports/{number}/proof"): _report("/reports/{number}/proof"),
    ("POST", "/reports/schedules/{number}/end"): At(_report_schedule),
    ("POST", "/dispatch/{number}/send"): _task("send", {"worker": "1"}),
    ("POST", "/dispatch/{number}/remind"): _task("remind", offered=True),
    ("POST", "/dispatch/{number}/hand-on"): _task("hand-on", offered=True),
    ("POST", "/dispatch/{number}/close"): _task("close", {"outcome": "repaired"}),
    ("POST", "/roster/{number}/day"): _worker("day", {"day": "2026-03-04"}),
    ("POST", "/roster/{number}/link"): _worker("link"),
    ("POST", "/roster/{number}/sign-out"): _worker("sign-out"),
    ("POST", "/roster/{number}/end"): _worker("end"),
    ("GET", "/approvals/{number}/what-if"): At(_policy_that_waits),
    ("GET", "/what-if/{site}"): at("/what-if/{site}"),
    ("POST", "/what-if/{site}"): at("/what-if/{site}", {"text": '[gates.north]\nmode = "code"\n'}),
    ("GET", "/what-if/{site}/{policy}"): At(_answer),
    ("POST", "/what-if/{site}/{policy}/stop"): at("/what-if/{site}/0123456789abcdef/stop"),
    ("GET", "/accounts/{name}"): an_account("/accounts/of.the.street"),
    ("POST", "/accounts/{name}/give"): an_account("/accounts/of.the.street/give", _ROLE),
    ("POST", "/accounts/{name}/take"): an_account("/accounts/of.the.street/take", _ROLE),
    ("POST", "/accounts/{name}/link"): an_account("/accounts/of.the.street/link"),
    ("POST", "/accounts/{name}/sign-out"): an_account("/accounts/of.the.street/sign-out"),
    ("POST", "/accounts/{name}/end"): an_account("/accounts/of.the.street/end"),
    ("POST", "/tokens/{number}/revoke"): an_account("/tokens/1/revoke"),
    ("GET", "/people/{site}/{id}/erasure"): _erased("erasure"),
    ("GET", "/people/{site}/{id}/erasure/receipt"): _erased("erasure/receipt"),
    ("GET", "/imports/{number}"): _upload(""),
    ("GET", "/imports/{number}/wrong.xlsx"): _upload("/wrong.xlsx"),
    ("POST", "/imports/{number}/fix"): _upload("/fix"),
    ("POST", "/imports/{number}/plan"): _upload("/plan"),
    ("POST", "/imports/{number}/apply"): _upload("/apply"),
    ("POST", "/imports/{number}/drop"): _upload("/drop"),
    ("GET", "/people/{site}/{id}"): at(_PERSON),
    ("POST", "/people/{site}/{id}/look"): at(f"{_PERSON}/look", {"purpose": "audit", "reference": "A-1"}),
    ("POST", "/people/{site}/{id}/look/close"): at(f"{_PERSON}/look/close"),
    ("POST", "/people/{site}/{id}/status"): at(f"{_PERSON}/status", _STATUS),
    ("POST", "/people/{site}/{id}/record"): at(f"{_PERSON}/record", {"name": "x", **_SEEN}),
    ("POST", "/people/{site}/{id}/isolation"): at(f"{_PERSON}/isolation", {"source": "x", **_SEEN}),
    ("POST", "/people/{site}/{id}/isolation/exception"): at(f"{_PERSON}/isolation/exception", _HOUR_OUT),
    ("POST", "/people/{site}/{id}/isolation/lift"): at(f"{_PERSON}/isolation/lift", _SEEN),
    ("POST", "/people/{site}/{id}/consent"): at(
        f"{_PERSON}/consent", {"wording": "1", "form": "signed", "place": "x"}
    ),
    ("POST", "/people/{site}/{id}/face/withdraw"): at(f"{_PERSON}/face/withdraw", _SEEN),
    ("POST", "/people/{site}/{id}/revoke"): at(f"{_PERSON}/revoke", _SEEN),
    ("POST", "/people/{site}/{id}/erase"): at(f"{_PERSON}/erase", _SEEN),
    ("GET", "/accesses/{device}/{epoch}/{sequence}/explain"): at("/accesses/{device}/{epoch}/2/explain"),
    ("GET", "/people/{site}/{id}/can-pass"): at("/people/{site}/{person}/can-pass"),
    ("POST", "/places/manage/{number}/set"): _manage("set", {"name": "x"}),
    ("POST", "/places/manage/{number}/move"): _manage("move", {"sure": "true"}),
    ("POST", "/places/manage/{number}/remove"): _manage("remove"),
    ("POST", "/isolation/visits/{number}/done"): At(_home_visit, {"outcome": "met"}),
    ("POST", "/visits/{number}/cancel"): _visit("cancel"),
    ("POST", "/visits/{number}/left"): _visit("left"),
    ("POST", "/visits/links/{number}/withdraw"): _link(),
    ("GET", "/places/{number}"): at("/places/{street}"),
    ("GET", "/gates/{device}/commands"): at("/gates/{device}/commands"),
    ("POST", "/gates/{device}/commands"): at(
        "/gates/{device}/commands", {"kind": "send_diagnostics", "why": "a look"}
    ),
    ("GET", "/approvals/{number}"): _change(),
    ("POST", "/approvals/{number}/approve"): _change("/approve"),
    ("POST", "/approvals/{number}/send-back"): _change("/send-back"),
    ("POST", "/approvals/{number}/withdraw"): _change("/withdraw"),
    ("GET", "/appeals/{number}"): _appeal(),
    ("POST", "/appeals/{number}/take"): _appeal("/take"),
    ("POST", "/appeals/{number}/answer"): _appeal("/answer"),
    ("POST", "/appeals/{number}/forward"): _appeal("/forward"),
    ("POST", "/appeals/{number}/correct"): _appeal("/correct"),
    ("GET", "/appeals/of/{site}/{subject}"): at("/appeals/of/{site}/{person}"),
    ("POST", "/appeals/of/{site}/{subject}"): at("/appeals/of/{site}/{person}", {"question": "x"}),
    ("POST", "/enrolments/{id}/accept"): _enrolment("/accept"),
    ("POST", "/enrolments/{id}/refuse"): _enrolment("/refuse"),
    ("GET", "/policy/{site}"): at("/policy/{site}"),
    ("POST", "/policy/{site}/check"): at("/policy/{site}/check", {"text": ""}),
    ("POST", "/policy/{site}"): at("/policy/{site}", {"text": "", "why": "x"}),
    ("GET", "/publish/{site}"): at("/publish/{site}"),
    ("GET", "/publish/{site}/next"): at("/publish/{site}/next"),
    ("POST", "/publish/{site}"): at("/publish/{site}"),
    ("GET", "/gates/{device}"): at("/gates/{device}"),
    ("GET", "/accesses/{device}/{epoch}/{sequence}"): At(an_access),
    ("GET", "/alarms/{number}"): At(an_alarm),
    ("GET", "/alarms/rules/edit"): at("/alarms/rules/edit?kind=gate_dark"),
    ("POST", "/alarms/rules/{number}/remove"): At(a_rule, {"why": "a test"}),
    ("POST", "/alarms/{number}/take"): _alarm("/take"),
    ("POST", "/alarms/{number}/snooze"): _alarm("/snooze", {"minutes": "5", "why": "a test"}),
    ("POST", "/alarms/{number}/close"): _alarm("/close", {"why": "a test"}),
    ("POST", "/alarms/{number}/send"): _alarm("/send"),
    ("POST", "/holds/{number}/lift"): At(a_hold, {"why": "a test"}),
    ("POST", "/findings/{number}/acknowledge"): At(a_finding, {"why": "looked at"}),
    ("GET", "/employers/{number}"): _employer("/employers/{employer}"),
    ("GET", "/employers/{number}/days"): _employer("/employers/{employer}/days"),
    ("GET", "/employers/{number}/days.csv"): _employer("/employers/{employer}/days.csv"),
    ("POST", "/employers/{number}/link"): _employer("/employers/{employer}/link"),
    ("GET", "/employers/lists/{number}"): _employer("/employers/lists/{list}"),
    ("POST", "/employers/lists/{number}/take"): _employer("/employers/lists/{list}/take"),
    ("POST", "/employers/lists/{number}/aside"): _employer("/employers/lists/{list}/aside"),
}
"""By method and path, as the route declares them. For what the town has not by itself, give an `At` with a
function that makes it in the store and says where it is.
"""

FORMS: Mapping[str, Mapping[str, str]] = {
    "/people": {"site": "green-court", "id": "somebody", "why": "a test"},
    "/language": {"language": "en"},
    "/gate-invitations": {"site": "central-market", "gate": "x"},
    "/rollouts": {"version": "9.9.9", "place": "1"},
    "/appeals/ask": {"reference": "gp-1", "identity": "x", "question": "?"},
    "/reports": {"kind": "weekly", "place": "1"},
    "/reports/schedules": {"kind": "weekly", "place": "1", "addresses": "a@example.org"},
    "/alarms/rules": {"kind": "gate_dark", "severity": "2", "place": "1", "why": "a test"},
    "/exports": {"what": "accesses", "kind": "csv", "since": "2020-01-01", "until": "2099-12-31"},
    "/places/manage/create": {"level": "city", "name": "x", "parent": "1"},
    "/visits/invite": {"site": "central-market", "name": "x", "since": "2026-03-03", "until": "2026-03-04"},
    "/history/rules": {"kind": "alarms", "days": "90", "place": "1"},
    "/isolation/rules": {"place": "1", "every": "3", "within": "24", "why": "a test"},
    "/employers": {"site": "central-market", "name": "x", "until": "2026-04-01"},
    "/visits/number": {"site": "central-market", "number": "12345678"},
    "/roster/put": {
        "code": "x",
        "name": "x",
        "place": "1",
        "days": "1-5",
        "start": "06:00",
        "end": "14:00",
        "language": "zh",
    },
    "/roster/apply": {"text": "code,name,place,days,start,end\nx,x,#1,1-5,06:00,14:00\n"},
    "/visits/links": {"site": "central-market", "host": "ce-0001", "visits": "1", "days": "1"},
}
"""What a POST without parameters in its path brings, by path."""

_BY_TOKEN = "a public page behind 192 random bits, and not behind a place: tests of visits"
NOT_ASKED: Mapping[tuple[str, str], str] = {
    ("GET", "/invitations/{token}"): _BY_TOKEN,
    ("POST", "/invitations/{token}"): _BY_TOKEN,
    ("GET", "/visitors/{token}"): _BY_TOKEN,
    ("GET", "/w/{token}"): "a public page behind 256 random bits: tests of the worker's page",
    ("POST", "/w/{token}"): "it lets in whose link it is: tests of the worker's page",
    ("GET", "/w/events"): "a stream for who comes with a phone's cookie: tests of the worker's page",
    ("POST", "/w/acts"): "by a phone's cookie alone: tests of the worker's page",
    ("POST", "/roster/plan"): "it takes a file: tests of the roster ask it of another street",
    ("GET", "/sign-in/link/{secret}"): "a public page behind 256 random bits: tests of sign-in's pages",
    ("POST", "/sign-in/link/{secret}"): "it signs in whose link it is: tests of sign-in's pages",
    ("GET", "/employers/lists/by/{token}"): _BY_TOKEN,
    ("POST", "/employers/lists/by/{token}"): _BY_TOKEN,
    ("POST", "/employers/{number}/lists"): "it takes a file: tests of employers ask it of another street",
}
"""Routes that are not asked for leaks, and why not."""
