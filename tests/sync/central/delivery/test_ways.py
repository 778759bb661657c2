"""Mail and webhook through real servers: what they take, refuse, put off, and when they say nothing."""

from __future__ import annotations

import email
import hmac
import json
from email.policy import default as readable
from hashlib import sha256
from pathlib import Path
from socket import create_server
from threading import Timer
from threading import enumerate as enumerate_threads
from typing import Any

import msgspec
import pytest

from edge.errors import ConfigurationError
from sync.central.accounts.secret_words import new_secret
from sync.central.configuration import MailSection, WebhookSection
from sync.central.delivery.core.messages import Attachment, DeliveryOutcome, OutgoingMessage, Recipient, Way
from sync.central.delivery.ways.deadline import Deadline
from sync.central.delivery.ways.mail import MailSender, mail_sender
from sync.central.delivery.ways.webhook import WebhookSender, webhook_sender
from tests.sync.central.delivery.servers import (
    Hook,
    MailBox,
    Papers,
    dripping_server,
    mail_server,
    papers_in,
    webhook_server,
)
from tests.waiting import PATIENT, sooner_than

NOW = 1_790_000_000_000_000
MAIL = OutgoingMessage(
    Recipient(Way.MAIL, "liu@example.org"),
    "道闸被顶开",
    "水产市场 3 号闸口",
    "<p>水产市场</p>",
    (Attachment("report.pdf", "application/pdf", b"%PDF-1"),),
    about="offer 1",
)
POST = OutgoingMessage(Recipient(Way.WEBHOOK, "liu"), "Barrier forced", "gate 3", about="offer 1", severity=1)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return papers_in(tmp_path_factory.mktemp("papers"))


def secret(folder: Path, text: str = "a secret", mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(f"{text}\n")
    path.chmod(mode)
    return path


def by_mail(port: int, papers: Papers, folder: Path, **changes: object) -> MailSender:
    section = MailSection(
        "127.0.0.1", "gatepost@centre.example", port, user="gatepost", password=secret(folder), ca=papers.ca
    )
    return mail_sender(msgspec.structs.replace(section, **changes))


def by_webhook(port: int, papers: Papers, folder: Path, **changes: object) -> WebhookSender:
    url = f"https://127.0.0.1:{port}/hook?a=1"
    section = WebhookSection(url, secret(folder), allow_private=True, ca=papers.ca)
    return webhook_sender(msgspec.structs.replace(section, **changes))


# --- mail -------------------------------------------------------------------------------------------


def test_a_mail_arrives_encrypted_signed_in_and_as_it_was_written(papers: Papers, tmp_path: Path) -> None:
    box = MailBox()
    with mail_server(box, papers) as port:
        sender = by_mail(port, papers, tmp_path)
        assert sender.send(7, MAIL, NOW).outcome is DeliveryOutcome.SENT
        assert sender.send(7, MAIL, NOW).outcome is DeliveryOutcome.SENT
    first, second = (email.message_from_bytes(each.content, policy=readable) for each in box.mails)
    assert box.mails[0].rcpt_tos == ["liu@example.org"]
    assert (first["subject"], first["to"]) == ("道闸被顶开", "liu@example.org")
    text, file = first.get_body(("plain",)), [*first.iter_attachments()]
    assert text is not None
    assert text.get_content().strip() == MAIL.text
    assert [each.get_filename() for each in file] == ["report.pdf"]
    assert first["message-id"] == second["message-id"] == "<gatepost-7@centre.example>", "a repetition shows"


@pytest.mark.parametrize(
    ("recipient", "data", "outcome"),
    [
        ("450 4.7.1 greylisted, try again", "", DeliveryOutcome.DELAYED),
        ("550 5.1.1 nobody here", "", DeliveryOutcome.REFUSED),
        ("", "451 4.3.0 later", DeliveryOutcome.DELAYED),
        ("", "554 5.6.0 no", DeliveryOutcome.REFUSED),
    ],
)
def test_what_a_mail_server_puts_off_is_tried_again_and_what_it_refuses_is_not(
    recipient: str, data: str, outcome: DeliveryOutcome, papers: Papers, tmp_path: Path
) -> None:
    box = MailBox(to_recipient=recipient, to_data=data)
    with mail_server(box, papers) as port:
        sent = by_mail(port, papers, tmp_path).send(7, MAIL, NOW)
    assert sent.outcome is outcome
    assert (recipient or data)[:3] in sent.words


def test_a_centre_that_may_not_sign_in_can_mend_that_and_tries_again(papers: Papers, tmp_path: Path) -> None:
    with mail_server(MailBox(), papers) as port:
        sender = by_mail(port, papers, tmp_path, user="somebody")
        sent = sender.send(7, MAIL, NOW)
    assert sent.outcome is DeliveryOutcome.DELAYED
    assert sent.words.startswith("535")


def test_nothing_is_sent_in_clear_or_to_a_stranger(papers: Papers, tmp_path: Path) -> None:
    box = MailBox()
    with mail_server(box, None) as port:
        assert by_mail(port, papers, tmp_path).send(7, MAIL, NOW).outcome is DeliveryOutcome.DELAYED
    with mail_server(box, papers) as port:
        strange = by_mail(port, papers, tmp_path, ca=None).send(7, MAIL, NOW)
    assert "certificate" in strange.words
    assert box.mails == []


@pytest.mark.parametrize("line", [b"", b"220-wait\r\n"], ids=["says nothing", "says the same for ever"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_server_that_hangs_is_left(line: bytes, security: str, papers: Papers, tmp_path: Path) -> None:
    with sooner_than(PATIENT, "its time was not kept"), dripping_server(line) as (port, gone):
        sent = by_mail(port, papers, tmp_path, timeout=0.5, security=security).send(7, MAIL, NOW)
        assert sent.outcome is DeliveryOutcome.DELAYED
        no_tls = security == "tls" and line
        assert ("hangs" in sent.words) != bool(no_tls), "what speaks no TLS at all is said to"
        assert gone.wait(PATIENT)


def test_a_mail_server_that_never_ends_an_answer_is_left(papers: Papers, tmp_path: Path) -> None:
    lines = (b"220-" + b"x" * 1000 + b"\r\n") * 100
    with dripping_server(lines) as (port, gone):
        sent = by_mail(port, papers, tmp_path).send(7, MAIL, NOW)
        assert (sent.outcome, "more than 65536 bytes" in sent.words) == (DeliveryOutcome.DELAYED, True)
        assert gone.wait(PATIENT)


def test_a_server_that_says_again_what_it_was_told_has_no_secret_shown(
    papers: Papers, tmp_path: Path
) -> None:
    token = new_secret()
    box = MailBox(to_data=f"554 5.7.1 a secret of gatepost, https://centre.example/w/{token} is no good link")
    with mail_server(box, papers) as port:
        words = by_mail(port, papers, tmp_path).send(7, MAIL, NOW).words
    assert words == "554 5.7.1 … of gatepost, https://centre.… is no good link"


def test_a_connection_that_came_too_late_is_none() -> None:
    with create_server(("127.0.0.1", 0)) as server, Deadline(0.01) as deadline:
        for each in enumerate_threads():
            if isinstance(each, Timer):
                each.join()
        with pytest.raises(TimeoutError, match="no connection within"):
            deadline.opened(*server.getsockname())


def test_no_mail_server_at_all_is_tried_again(papers: Papers, tmp_path: Path) -> None:
    assert by_mail(1, papers, tmp_path).send(7, MAIL, NOW).outcome is DeliveryOutcome.DELAYED


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"mode": 0o644}, "can be read by others"),
        ({"text": ""}, "is empty"),
    ],
)
def test_a_secret_is_in_a_file_of_its_owner_alone(changes: Any, match: str, tmp_path: Path) -> None:
    section = MailSection("mail.example", "g@c.example", password=secret(tmp_path, **changes))
    with pytest.raises(ConfigurationError, match=match):
        mail_sender(section)


def test_mail_in_clear_goes_to_this_machine_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not this machine"):
        mail_sender(MailSection("mail.example", "g@c.example", security="plain"))
    box = MailBox()
    with mail_server(box, None) as port:
        sender = mail_sender(MailSection("127.0.0.1", "g@c.example", port, security="plain"))
        assert sender.send(7, MAIL, NOW).outcome is DeliveryOutcome.SENT
    assert len(box.mails) == 1
    with pytest.raises(ConfigurationError, match="ca"):
        mail_sender(MailSection("127.0.0.1", "g@c.example", ca=tmp_path / "none.pem"))


# --- webhook --------------------------------------------------------------------------------------------


def test_a_post_is_signed_and_says_what_a_page_would(papers: Papers, tmp_path: Path) -> None:
    hook = Hook()
    with webhook_server(hook, papers) as port:
        assert by_webhook(port, papers, tmp_path).send(7, POST, NOW).outcome is DeliveryOutcome.SENT
    [(headers, body)] = hook.posted
    said = dict(part.split("=") for part in headers["x-gatepost-signature"].split(","))
    expected = hmac.new(b"a secret", said["t"].encode() + b"." + body, sha256).hexdigest()
    assert said == {"t": str(NOW // 1_000_000), "v1": expected}
    assert json.loads(body) == {
        "id": 7,
        "at": NOW,
        "to": "liu",
        "subject": "Barrier forced",
        "text": "gate 3",
        "about": "offer 1",
        "severity": 1,
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, DeliveryOutcome.SENT),
        (500, DeliveryOutcome.DELAYED),
        (503, DeliveryOutcome.DELAYED),
        (429, DeliveryOutcome.DELAYED),
        (404, DeliveryOutcome.REFUSED),
        (302, DeliveryOutcome.REFUSED),
    ],
)
def test_what_a_webhook_answers(
    status: int, outcome: DeliveryOutcome, papers: Papers, tmp_path: Path
) -> None:
    hook = Hook(lambda: status, headers={"location": "https://127.0.0.1:1/elsewhere"})
    with webhook_server(hook, papers) as port:
        sent = by_webhook(port, papers, tmp_path).send(7, POST, NOW)
    assert (sent.outcome, len(hook.posted)) == (outcome, 1), "no redirect is followed"
    assert str(status) in sent.words


def test_a_name_that_leads_into_the_house_is_not_posted_to(papers: Papers, tmp_path: Path) -> None:
    hook = Hook()
    with webhook_server(hook, papers) as port:
        for host in ("127.0.0.1", "localhost"):
            sender = by_webhook(port, papers, tmp_path, url=f"https://{host}:{port}/", allow_private=False)
            sent = sender.send(7, POST, NOW)
            assert sent.outcome is DeliveryOutcome.REFUSED
            assert "no public address" in sent.words
        named = by_webhook(port, papers, tmp_path, url=f"https://localhost:{port}/")
        assert named.send(7, POST, NOW).outcome is DeliveryOutcome.SENT, (
            "the certificate is asked for by name"
        )
    assert len(hook.posted) == 1


def test_a_webhook_that_hangs_drips_or_is_a_stranger_is_tried_again(papers: Papers, tmp_path: Path) -> None:
    for line in (b"", b"\x16"):
        with sooner_than(PATIENT, "its time was not kept"), dripping_server(line) as (port, gone):
            sent = by_webhook(port, papers, tmp_path, timeout=0.5).send(7, POST, NOW)
            assert sent.outcome is DeliveryOutcome.DELAYED
            assert line or "no whole answer within 0.5 s: the other side hangs" in sent.words
            assert gone.wait(PATIENT)
    with webhook_server(Hook(), papers) as port:
        strange = by_webhook(port, papers, tmp_path, ca=None).send(7, POST, NOW)
    assert strange.outcome is DeliveryOutcome.DELAYED
    assert "CERTIFICATE" in strange.words.upper()


def test_an_address_with_a_sign_in_is_no_webhook(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="sign-in"):
        webhook_sender(WebhookSection("https://a:b@hook.example/", secret(tmp_path)))
