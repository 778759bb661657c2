"""Health certificates at a gate, from the site's lists to the barrier; and floods of codes."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from edge.admin.lists import LIST_LIFETIME, IssuerListAdmin
from edge.admin.passes import PassRequest
from edge.credentials.certificates import links_of
from edge.credentials.classifier import parse_any
from edge.decision import Outcome, Reason
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.registry.lists import ListNews


@pytest.fixture
def lists(bench: Any, card_maker: Any, tmp_path: Path) -> IssuerListAdmin:
    """The site believes one issuer of cards, and the gate knows it."""
    directory = tmp_path / "cards.json"
    directory.write_text(json.dumps(card_maker.key_set()))
    admin = IssuerListAdmin(bench.admin)
    admin.add(directory)
    admin.publish(bench.clock.wall().at, LIST_LIFETIME)
    bench.publish()
    return admin


@pytest.fixture
def anns_card(bench: Any, lists: IssuerListAdmin, card_maker: Any) -> str:
    """A card that Ann once showed to the staff, with her papers."""
    text: str = card_maker.code()
    link_to_ann(bench, lists, text)
    return text


def link_to_ann(bench: Any, lists: IssuerListAdmin, text: str) -> None:
    links = links_of(parse_any(text, lists.trust(), bench.clock.wall()))
    assert links
    bench.admin.store.change(replace(bench.admin.store.get("ann"), certificates=links))
    bench.publish()


def test_a_linked_certificate_opens_for_its_person(bench: Any, anns_card: str) -> None:
    [passage] = bench.show(anns_card)
    assert (passage.decision.outcome, passage.decision.subject_id) == (Outcome.GRANT, "ann")
    assert bench.barrier_is_open


@pytest.mark.usefixtures("lists")
def test_of_anybody_else_it_is_the_staff_s_to_compare(bench: Any, card_maker: Any) -> None:
    [passage] = bench.show(card_maker.code())
    assert (passage.decision.outcome, passage.decision.reason) == (Outcome.REFER, Reason.CERTIFICATE_HOLDER)
    assert not bench.barrier_is_open


def test_a_revocation_counts_from_the_next_look(bench: Any, lists: IssuerListAdmin, anns_card: str) -> None:
    [passage] = bench.show(anns_card)
    name = passage.evidence.code.pass_id
    bench.leave()
    assert lists.revoke([name]) == 1
    assert lists.revoke([name]) == 0, "it is revoked already"
    lists.publish(bench.clock.wall().at, LIST_LIFETIME)
    bench.registry_service.look()
    [passage] = bench.show(anns_card)
    assert (passage.decision.outcome, passage.decision.reason) == (Outcome.DENY, Reason.PASS_REVOKED)


@pytest.fixture
def countries(lists: IssuerListAdmin, makers: Any, bench: Any, tmp_path: Path) -> tuple[Any, Any]:
    """Two countries whose certificates the site believes."""
    two = makers.country("AT"), makers.country("DE")
    for number, one in enumerate(two):
        path = tmp_path / f"{number}.der"
        path.write_bytes(one.certificate)
        lists.add(path)
    lists.publish(bench.clock.wall().at, LIST_LIFETIME)
    bench.registry_service.look()
    return two


def vaccination(bench: Any, makers: Any, country: Any, **changes: Any) -> str:
    """The code of a certificate of the last month's dose."""
    now = bench.clock.wall().at
    given = (now - timedelta(days=30)).date().isoformat()
    [entry] = makers.certificate["v"]
    entry = entry | {"dt": given, "co": country.name}
    entry |= {name: value for name, value in changes.items() if name in entry}
    outside = {name: value for name, value in changes.items() if name not in entry}
    certificate = makers.certificate | {"v": [entry]} | outside
    text: str = country.code(certificate, c4=int((now + timedelta(days=30)).timestamp()))
    return text


def test_a_certificate_of_an_impossible_day_is_refused_and_the_gate_goes_on(
    bench: Any, makers: Any, countries: tuple[Any, Any]
) -> None:
    """A genuine one of Latvia said 2022-17-01, and ended every gate that it was shown to."""
    odd = vaccination(bench, makers, countries[0], dt="2022-17-01")
    for _ in range(2):
        [passage] = bench.show(odd)
        assert (passage.decision.outcome, passage.decision.reason) == (Outcome.DENY, Reason.PASS_UNREADABLE)
        bench.leave()
    [passage] = bench.show(faces=(1,))
    assert passage.decision.outcome is Outcome.GRANT


def test_another_issuer_s_certificate_of_the_same_id_does_not_open(
    bench: Any, makers: Any, lists: IssuerListAdmin, countries: tuple[Any, Any]
) -> None:
    austria, germany = countries
    anns = vaccination(bench, makers, austria)
    link_to_ann(bench, lists, anns)
    [passage] = bench.show(anns)
    assert (passage.decision.outcome, passage.decision.subject_id) == (Outcome.GRANT, "ann")
    others = {
        "another's": vaccination(bench, makers, germany, nam={"fnt": "EVE"}),
        "signed by another": vaccination(bench, makers, germany),
        "of another name": vaccination(bench, makers, austria, nam={"fnt": "EVE"}),
        "of another birth": vaccination(bench, makers, austria, dob="1999-02-26"),
    }
    for which, text in others.items():
        bench.leave()
        [passage] = bench.show(text)
        assert passage.decision.outcome is Outcome.REFER, which
        assert passage.decision.reason is Reason.CERTIFICATE_HOLDER, which


def test_lists_that_nobody_renews_stop_certificates_and_nothing_else(bench: Any, anns_card: str) -> None:
    rule = bench.registry_service.holdings().registry.policy.certificates.staleness
    bench.clock.advance(rule.close_after + 1)
    bench.publish()
    [passage] = bench.show(anns_card)
    assert passage.decision.reason is Reason.PASS_ISSUER_UNTRUSTED
    bench.leave()
    [passage] = bench.show(faces=(1,))
    assert passage.decision.outcome is Outcome.GRANT


def test_an_issuer_that_the_office_drops_is_believed_no_more(
    bench: Any, lists: IssuerListAdmin, anns_card: str
) -> None:
    [source] = lists.sources()
    lists.remove(source.name)
    lists.publish(bench.clock.wall().at, LIST_LIFETIME)
    bench.registry_service.look()
    [passage] = bench.show(anns_card)
    assert passage.decision.reason is Reason.PASS_ISSUER_UNTRUSTED


@pytest.mark.usefixtures("lists")
def test_what_became_of_a_list_is_told(bench: Any) -> None:
    told = [item for item in bench.news if isinstance(item, ListNews)]
    assert [(item.name, item.version) for item in told] == [("issuers.list", 1), ("revocations.list", 1)]
    (bench.configuration.registry.lists / "issuers.list").write_bytes(b"junk")
    bench.registry_service.look()
    assert bench.news[-1].version is None
    assert bench.news[-1].refusal


def test_a_certificate_in_three_codes_opens_once_all_were_shown(bench: Any, anns_card: str) -> None:
    digits = anns_card.removeprefix("shc:/")
    third = 2 * (len(digits) // 6)
    parts = [digits[:third], digits[third : 2 * third], digits[2 * third :]]
    chunks = [f"shc:/{number}/3/{part}" for number, part in enumerate(parts, start=1)]
    assert bench.show(chunks[2], seconds=1.5) == []
    assert bench.show(chunks[0], seconds=1.0) == []
    [passage] = bench.show(chunks[1])
    assert (passage.decision.outcome, passage.decision.subject_id) == (Outcome.GRANT, "ann")


def test_a_part_alone_is_told_what_is_missing(bench: Any, anns_card: str) -> None:
    half = anns_card.replace("shc:/", "shc:/1/2/")[:400]
    [passage] = bench.show(half, seconds=9.0)
    assert passage.decision.reason is Reason.CODE_INCOMPLETE
    assert "missing: code 2" in passage.evidence.code.detail


def test_a_flood_of_codes_is_not_read_and_fills_no_journal(bench: Any) -> None:
    """Ten thousand different codes in a minute, and behind them somebody with a pass."""
    decided = []
    for batch in range(600):
        decided += bench.show(*(f"HC1:{batch}-{number}" for number in range(17)), seconds=0.1)
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        written = list(reader.every())
    assert len(written) <= 30 + 2 * 60 + 2, "the thirty that anybody may show, two a second, and the accounts"
    floods = [entry for entry in written if entry.kind == EventKind.CODE_FLOOD]
    assert 1 <= len(floods) <= 2
    assert all(item.decision.outcome is Outcome.DENY for item in decided)

    bench.leave(timedelta(minutes=1).total_seconds())
    [passage] = bench.show(faces=(1,))
    assert passage.decision.outcome is Outcome.GRANT


def test_a_site_that_accepts_no_pass_by_itself_asks_for_papers(bench: Any) -> None:
    rules = bench.admin.folder / "policy.toml"
    rules.write_text(rules.read_text() + '\n[certificates.holders]\naccepted = ["face", "registry_link"]\n')
    bench.publish()
    [passage] = bench.show(bench.pass_text(PassRequest("ann")))
    assert (passage.decision.outcome, passage.decision.reason) == (Outcome.REFER, Reason.CERTIFICATE_HOLDER)
    bench.leave()
    bound = bench.pass_text(PassRequest("ann", face_bound=True))
    [passage] = bench.show(bound, faces=(1,))
    assert passage.decision.outcome is Outcome.GRANT
