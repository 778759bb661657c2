"""The API: tokens with scopes and places, once each, bounded, and every problem in words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core.roles import Act
from sync.central.audit.audit import About, entries
from sync.central.flow.zones import ZoneGate, put_zone
from sync.central.people.subjects import status_history
from sync.central.places.sight import EVERYWHERE
from sync.central.rollouts.core.plan import Rules
from sync.central.rollouts.rollouts import begin
from sync.central.web.api.serving import ALL_OPERATIONS
from tests.edge.web.serving import NO_TLS
from tests.sync.central.web.api.conftest import Token
from tests.sync.central.web.conftest import Console
from tests.sync.central.web.test_app import gone
from tests.sync.central.web.town import Town
from tests.waiting import PATIENT

OPERATIONS = [operation for table in ALL_OPERATIONS for operation in table]
SPAN: dict[str, Any] = {"params": {"since": 0, "until": 2**60}}
SPANNED = {"/api/visits", "/api/isolations/exits"}
"""Operations that are asked for a stretch of time."""
HOUR = 3_600_000_000
PURPOSE = {"purpose": "appeal", "reference": "A-1182"}


BODIES: dict[str, Any] = {
    "/api/reports": {"kind": "weekly", "place": 1},
    "/api/report-schedules": {"kind": "weekly", "place": 1, "addresses": ["a@example.org"]},
    "/api/sites/{site}/visits": {"name": "赵客", "since": 0, "until": 1},
    "/api/sites/{site}/numbers": {"number": "123456"},
    "/api/sites/{site}/employers": {"name": "快递公司", "until": 1},
    "/api/subjects/{site}/{subject}/appeals": {"question": "为什么?"},
    "/api/isolations/visits/{number}/done": {"outcome": "met"},
    "/api/holds": {"site": "central-market", "case": "2026-17", "why": "a court asks", "review_at": 1},
    "/api/holds/{number}/lift": {"why": "the case is closed"},
    "/api/limits": {"what": "site:central-market", "stop": 6},
    "/api/zones/{number}": {"name": "x", "place": 1, "gates": [{"site": "central-market", "gate": "north"}]},
    "/api/entry-holds": {"what": "site:central-market", "why": "full"},
    "/api/alarms/{number}/close": {"why": "seen to"},
    "/api/tasks/{number}/send": {"worker": 1},
    "/api/tasks/{number}/close": {"outcome": "repaired"},
    "/api/appeals/{number}/answer": {"text": "照规定"},
    "/api/appeals/{number}/forward": {"text": "问社区"},
    "/api/sites/{site}/gate-invitations": {"gate": "west"},
    "/api/rollouts/{number}/stop": {"why": "complaints"},
    "/api/rollouts/{number}/resume": {"why": "they had no power"},
}


def status(value: str = "yellow", **more: Any) -> dict[str, Any]:
    record = {"value": value, "source": "社区", "reason": "同楼有密接", "rule": "city.contact"}
    return {"why": "new list", "status": {**record, "since": "2026-03-03T00:30:00Z"}, **more}


def at(town: Town, path: str) -> str:
    """A path of an operation, with a thing of the town's street."""
    values = {"site": town.site.file.id, "subject": town.person.id, "device": town.gate.device, "number": 1}
    values["what"] = f"site:{town.site.file.id}"
    return path.format_map(values)


def body_of(town: Town, path: str) -> dict[str, Any]:
    """What a POST to an operation brings, to be done or refused."""
    if path.endswith(("/status", "/correct")):
        return {"json": status()}
    if path == "/api/changes":
        change = {"type": "erase_subject", "site": town.site.file.id, "subject": town.person.id}
        return {"json": {"why": "moved away", "changes": [change]}}
    if path == "/api/rollouts":
        return {"json": {"version": "9.9.9", "why": "opens faster", "place": town.street}}
    path = "/api/zones/{number}" if path == "/api/zones" else path
    if path in BODIES:
        return {"json": BODIES[path]}
    if path.endswith("/commands"):
        return {"json": {"kind": "open_once", "why": "a parcel"}}
    return {"content": "编号,姓名\n".encode(), "params": {"name": "list.csv"}}


@pytest.fixture
def rolled_out(console: Console) -> None:
    """Something is rolled out in the street, and a zone is made of its gates."""
    with console.store.writing() as connection:
        gates = [ZoneGate(console.town.site.file.id, console.town.site.gates[0])]
        put_zone(connection, "hall", console.town.street, gates, "何静", console.town.now)
        actor = command_line_actor("何静")
        begin(connection, actor, "9.9.8", console.town.street, Rules(), "opens faster", console.town.now)


def span_of(town: Town, path: str) -> dict[str, Any]:
    """The time that an operation asks for."""
    if path.endswith("/course") or path.startswith("/api/temperatures/"):
        return {"params": {"since": town.now - HOUR, "until": town.now}}
    if path.endswith("/days"):
        return {"params": {"since": "2026-03-02", "until": "2026-03-03"}}
    return SPAN if path in SPANNED else {}


# --- whose token ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer gatepost_wrong"},
        {"authorization": "Basic YTpi"},
        {"cookie": "actor=administrator."},
    ],
)
def test_nobody_asks_without_a_token_and_no_cookie_is_one(console: Console, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{console.address}/api/gates", headers=headers, verify=NO_TLS, timeout=PATIENT)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["remedy"]


@pytest.mark.usefixtures("rolled_out")
def test_a_token_does_what_its_scopes_say(token: Token, console: Console) -> None:
    client = token([Act.SEE])
    for operation in OPERATIONS:
        headers = PURPOSE if operation.act is Act.SEE_PERSON else {}
        path = at(console.town, operation.path)
        sent: dict[str, Any] = {} if operation.method == "GET" else body_of(console.town, operation.path)
        sent |= span_of(console.town, path)
        answer = client.request(operation.method, path, headers=headers, **sent)
        allowed = operation.act is Act.SEE and operation.path != "/api/changes"
        assert answer.status_code == (200 if allowed else 403 if operation.act is not Act.SEE else 422), path
        if operation.act is not Act.SEE:
            assert operation.act.value in answer.json()["detail"]


@pytest.mark.usefixtures("rolled_out")
def test_nothing_of_the_street_is_told_to_a_token_of_another(token: Token, console: Console) -> None:
    client, telling = token(place=console.town.elsewhere), console.town.telling()
    before = _noted(console)
    for operation in OPERATIONS:
        path = at(console.town, operation.path)
        sent: dict[str, Any] = {} if operation.method == "GET" else body_of(console.town, operation.path)
        sent |= span_of(console.town, path)
        answer = client.request(operation.method, path, headers=PURPOSE, **sent)
        assert not [word for word in telling if word in answer.text], path
        if "{" in operation.path or operation.method == "POST":
            assert answer.status_code == 404, path
    assert _noted(console) == before


def test_who_passed_is_told_to_those_who_may_see_a_person(token: Token) -> None:
    seen, masked = token([Act.SEE, Act.SEE_PERSON]), token([Act.SEE])
    assert any(item["subject"] for item in seen.get("/api/accesses").json()["items"])
    assert not any(item["subject"] for item in masked.get("/api/accesses").json()["items"])


def test_one_address_without_a_token_does_not_ask_for_long(console: Console) -> None:
    with httpx.Client(base_url=console.address, verify=NO_TLS, timeout=PATIENT) as client:
        answers = [client.get("/api/gates") for _ in range(31)]
    assert [answer.status_code for answer in answers[-2:]] == [401, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


# --- people, for a purpose -------------------------------------------------------------------------


def test_a_look_at_a_record_is_noted_with_its_purpose(token: Token, console: Console) -> None:
    path = at(console.town, "/api/subjects/{site}/{subject}")
    record = token([Act.SEE_PERSON]).get(path, headers=PURPOSE).json()
    assert record["name"] == console.town.person.name
    about = About("subject", console.town.person.id, console.town.site.file.id)
    with console.store.reading() as connection:
        [entry] = entries(connection, EVERYWHERE, about=about, act="look")
    assert "A-1182" in entry.why


@pytest.mark.parametrize("headers", [{}, {"purpose": "curiosity"}, {"purpose": "appeal"}])
def test_without_a_purpose_the_record_stays_closed(
    token: Token, console: Console, headers: dict[str, str]
) -> None:
    answer = token().get(at(console.town, "/api/subjects/{site}/{subject}"), headers=headers)
    assert answer.status_code == 422
    assert console.town.person.name not in answer.text


# --- acts, once ------------------------------------------------------------------------------------


def test_a_request_that_is_repeated_is_answered_and_not_done_again(token: Token, console: Console) -> None:
    client, path = token(), at(console.town, "/api/subjects/{site}/{subject}/status")
    key = {"idempotency-key": "of-monday"}
    first, again = (client.post(path, json=status(), headers=key) for _ in range(2))
    assert first.status_code == 200
    assert first.json()["applied"]
    assert (again.status_code, again.content) == (200, first.content)
    with console.store.reading() as connection:
        history = status_history(connection, console.town.site.file.id, console.town.person.id)
    assert [item.record.value.value for item in history].count("yellow") == 1
    other = client.post(path, json=status("red"), headers=key)
    assert other.status_code == 422
    assert "another request" in other.json()["title"]


def test_a_request_that_failed_may_be_sent_again_under_its_key(token: Token, console: Console) -> None:
    client, path = token(), at(console.town, "/api/subjects/{site}/{subject}/status")
    key = {"idempotency-key": "of-tuesday"}
    with gone(console.store):
        failed = client.post(path, json=status(), headers=key)
    assert failed.status_code == 503
    assert failed.headers["content-type"] == "application/problem+json"
    assert "nowhere" not in failed.text
    assert client.post(path, json=status(), headers=key).json()["applied"]


def test_a_large_change_waits_for_a_second_person(token: Token, console: Console) -> None:
    site = console.town.site
    changes = [
        {
            "type": "set_status",
            "site": site.file.id,
            "subject": person.id,
            "record": status()["status"],
        }
        for person in site.people
    ]
    said = token().post("/api/changes", json={"why": "the whole site", "changes": changes}).json()
    assert not said["applied"]
    assert said["grounds"]
    waiting = token([Act.APPROVE]).get("/api/approvals").json()["items"]
    assert said["number"] in {item["number"] for item in waiting}


def planned(client: Any, site: str, content: bytes, language: str = "") -> Any:
    headers = {"accept-language": language} if language else {}
    params = {"name": "new.csv"}
    return client.post(f"/api/imports/{site}", content=content, params=params, headers=headers).json()


@pytest.mark.parametrize(
    ("language", "kind", "detail"),
    [
        ("", "CSV, UTF-8, separated by commas", "column id: the id is missing"),
        ("zh-CN", "CSV，UTF-8，以逗号分隔", "列 id：缺少编号"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_in_the_language_of_who_asks(
    token: Token, console: Console, language: str, kind: str, detail: str
) -> None:
    told = planned(token(), console.town.site.file.id, b"id,name\n,x\n", language)
    [problem] = told["plan"]["problems"]
    assert (told["plan"]["kind"], problem["detail"]) == (kind, detail)
    names = [*told, *told["plan"], *problem]
    assert not [name for name in names if name.startswith("said")]
    document = token().get("/api/openapi.json").json()["components"]["schemas"]
    assert not {"Phrase", "SaidProblem", "ShownPlan"} & document.keys()


def test_a_list_is_planned_changed_by_nobody_and_imported_once(token: Token, console: Console) -> None:
    client, site = token(), console.town.site.file.id
    content = "id,name,address,groups\nnew-1,赵新,5/1/301,resident\n".encode()
    plan = planned(client, site, content)
    assert plan["plan"]["added"] == 1
    path = at(console.town, "/api/subjects/{site}/new-1")
    assert client.get(path, headers=PURPOSE).status_code == 404, "a plan changes nothing"
    assert client.post(f"/api/imports/{plan['number']}/apply").json()["applied"]
    assert client.get(path, headers=PURPOSE).json()["name"] == "赵新"
    assert client.post(f"/api/imports/{plan['number']}/apply").status_code == 404


def test_a_command_is_asked_for_once_and_its_fate_is_told(token: Token, console: Console) -> None:
    client, path = token(), at(console.town, "/api/gates/{device}/commands")
    wanted = {"kind": "open_once", "why": "a parcel"}
    answers = [client.post(path, json=wanted, headers={"idempotency-key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    [row] = client.get(path).json()["items"]
    assert (row["kind"], row["why"], row["state"]) == ("open_once", "a parcel", "waiting")


def test_a_process_that_publishes_nothing_says_so(token: Token, console: Console) -> None:
    answer = token().post(at(console.town, "/api/registries/{site}"))
    assert (answer.status_code, answer.json()["title"]) == (422, "This could not be done")
    assert "publishes nothing" in answer.json()["detail"]


# --- lists and problems --------------------------------------------------------------------------------


def test_a_list_is_walked_to_its_end(token: Token) -> None:
    client, seen, before = token(), list[int](), ""
    while before is not None:
        page = client.get("/api/accesses", params={"count": 50, "before": before}).json()
        seen += [item["number"] for item in page["items"]]
        before = page["next"]
    assert len(seen) == len(set(seen)) == 4 * 60


@pytest.mark.parametrize(
    ("path", "status_code"),
    [
        ("/api/accesses?before=nonsense", 422),
        ("/api/accesses?count=0", 422),
        ("/api/accesses?count=many", 422),
        ("/api/gates/nobody", 404),
        ("/api/nothing", 404),
    ],
)
def test_a_problem_says_what_and_what_to_do(token: Token, path: str, status_code: int) -> None:
    answer = token().get(path)
    assert answer.status_code == status_code
    problem = answer.json()
    assert problem["status"] == status_code
    assert problem["title"]


def test_metrics_count_gates_and_tell_of_nobody(token: Token, console: Console) -> None:
    text = token([Act.SEE]).get("/metrics").text
    assert 'gatepost_gates{state="working"}' in text
    assert "gatepost_ingest_lag_seconds" in text
    assert 'gatepost_http_answers_total{status="2xx"}' in text or "gatepost_http_answers" in text
    people = {
        word for site in console.town.sites for person in site.people for word in (person.id, person.name)
    }
    assert not [word for word in people if word in text]
    assert httpx.get(f"{console.address}/metrics", verify=NO_TLS, timeout=PATIENT).status_code == 401


def _noted(console: Console) -> int:
    with console.store.reading() as connection:
        newest = entries(connection, EVERYWHERE, count=1)
    return newest[0].number if newest else 0
