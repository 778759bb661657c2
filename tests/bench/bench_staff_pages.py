"""The staff's pages: event → screen, their weight, and the time to the first view on a slow tablet.

`python -m tests.bench.bench_staff_pages [EVENTS] [TABLETS]`. A real gate with simulated pins, the real
console, its stream read by so many tablets at once, and Chromium with its processor slowed down six times.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, Queue
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

from edge.console.pages import ALL_PAGES
from edge.ports import AccessEvent
from edge.staff.protocol.watching import Topic
from tests.chromium import launched
from tests.edge.console.addresses import ADDRESSES, NO_PAGES
from tests.edge.console.staffed_gate import GUARD, MANAGER, StaffedGate, console_of, cookies_of, gate_at_work
from tests.edge.console.test_live import TABLES
from tests.waiting import PATIENT, soon

_QUIET = 0.5
_SLOWER = 6
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


@contextmanager
def tablets(gate: StaffedGate, count: int) -> Iterator[list[Queue[float]]]:
    """When `now` last reached each of so many open pages."""
    heard: list[Queue[float]] = [Queue() for _ in range(count)]
    stop = threading.Event()

    def listen(into: Queue[float]) -> None:
        address = f"{gate.address}/stream?topics=now"
        with httpx.stream(
            "GET", address, cookies=cookies_of(GUARD), timeout=PATIENT, trust_env=False
        ) as said:
            for line in said.iter_lines():
                if line == "event: now":
                    into.put(time.monotonic())
                if stop.is_set():
                    return

    threads = [threading.Thread(target=listen, args=(each,), daemon=True) for each in heard]
    for thread in threads:
        thread.start()
    for each in heard:
        each.get(timeout=PATIENT)
    yield heard
    stop.set()


def quiet(heard: list[Queue[float]]) -> None:
    """Wait until nothing more comes."""
    for each in heard:
        while True:
            try:
                each.get(timeout=_QUIET)
            except Empty:
                break


def decided(gate: StaffedGate, heard: list[Queue[float]], number: int) -> list[float]:
    """Milliseconds from a decision to each tablet."""
    quiet(heard)
    at: Queue[float] = Queue()
    before = len(gate.heard)
    person = ("xu", "liu", "zhou", "wei")[number % 4]
    text = gate.pass_of(person)

    def watch() -> None:
        while True:
            if any(isinstance(event, AccessEvent) for event in gate.heard[before:]):
                at.put(time.monotonic())
                return
            time.sleep(0.0005)

    threading.Thread(target=watch, daemon=True).start()
    gate.show(text, seconds=0.3)
    begun = at.get(timeout=PATIENT)
    gate.leave()
    took = []
    for each in heard:
        times = []
        while True:
            try:
                times.append(each.get(timeout=_QUIET))
            except Empty:
                break
        took.append((min(moment for moment in times if moment >= begun - 0.001) - begun) * 1000)
    return took


def told(name: str, took: list[float]) -> None:
    p95 = quantiles(took, n=20)[-1]
    figures = f"median {median(took):.1f} ms, p95 {p95:.1f} ms, most {max(took):.1f} ms"
    print(f"{name}: {figures} of {len(took)}")


def weights(gate: StaffedGate) -> None:
    """What each page weighs, all in; and what is new on it once the shared files are kept."""
    client = gate.client(MANAGER)
    for route in (route for pages in ALL_PAGES for route in pages):
        if route.method != "GET" or ("GET", route.path) in NO_PAGES:
            continue
        answer = client.get(ADDRESSES.get(("GET", route.path), route.path))
        if answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        named = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text))
        whole = len(answer.content) + sum(len(client.get(address).content) for address in named)
        print(f"{route.path:34} {whole:7,} bytes all in   {len(answer.content):6,} of its own")


def painted(page: Any) -> float:
    """Milliseconds until the page first showed something."""
    soon(lambda: page.evaluate(_PAINTED) is not None)
    return float(page.evaluate(_PAINTED))


def first_views(gate: StaffedGate, browser: Any) -> None:
    """Milliseconds to the first contentful paint, with nothing kept and with the shared files kept."""
    for path in ("/sign-in", "/gate", "/now"):
        page = gate.page(browser, None if path == "/sign-in" else MANAGER)
        tools = page.context.new_cdp_session(page)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
        seen = []
        for _ in range(6):
            answer = page.goto(path, wait_until="load")
            if answer.status != 200:
                break
            seen.append(painted(page))
        if seen:
            after = f"{median(seen[1:]):.0f} ms with the shared files kept"
            print(f"{path}: first view {seen[0]:.0f} ms, {after} (processor 1/{_SLOWER})")
        page.context.close()


def main() -> None:
    said = [int(word) for word in sys.argv[1:3]]
    events, count = (*said, *(20, 5)[len(said) :])
    shows_now = any(part.topic is Topic.NOW for pages in ALL_PAGES for part in pages.live_parts)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        driver = opened.enter_context(sync_playwright())
        browser = launched(driver)
        opened.callback(browser.close)
        gate = opened.enter_context(gate_at_work(folder))
        with console_of(gate, pages=ALL_PAGES if shows_now else TABLES):
            print(f"{count} tablets, {'the page Now' if shows_now else 'a trial page'}")
            with tablets(gate, count) as heard:
                told("decision → screen", [took for n in range(events) for took in decided(gate, heard, n)])
        with console_of(gate):
            weights(gate)
            first_views(gate, browser)


if __name__ == "__main__":
    main()
