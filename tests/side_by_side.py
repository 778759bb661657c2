"""Files of tests side by side: `pytest --processes 4` collects all tests once, then forks four processes.
Each takes one file after another of those that nobody has taken.

pytest-xdist, which it replaces, has each process import and collect everything anew, and tells of each test
in eight messages: 0.9 ms of CPU.
"""

from __future__ import annotations

import mmap
import os
import struct
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from multiprocessing.connection import Connection, wait
from signal import SIGKILL, Signals
from typing import Any, NamedTuple

import msgspec
import pytest

OWN_FOLDER = "process"
"""How the name of the folder begins in which one of several processes has its files."""
_PLACE = struct.Struct("=i")
"""Of a file among the files, or of a test among the tests."""
_HELD = 64 << 10
"""Bytes that a pipe holds though nobody reads."""
_LAST_CARE = 20.0
"""Seconds that an interrupted process has to end what it started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processes", type=int, default=0, help="so many processes share the files (0: this one runs all)"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.option.processes:
        config.pluginmanager.register(SideBySide(config.option.processes))


class _Process(NamedTuple):
    number: int
    pid: int
    ended: int
    """A descriptor that can be read when it has ended, whoever still holds what it had open."""
    reports: Connection


class SideBySide:
    """Runs the tests in so many processes, and reports as if one had."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._at_work = mmap.mmap(-1, processes * _PLACE.size)
        """The test that each process is at: it cannot tell when it crashes."""
        self._done = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed or session.config.option.collectonly:
            return None  # pytest's own says why nothing runs
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # one for all
        files = _files(session.items)
        taking = _queue(len(files))
        left: list[_Process] = []
        try:
            for number in range(self._processes):
                left.append(self._forked(session, number, _taken(files, taking)))  # noqa: PERF401  # some, if one fails
            self._report(session, left, taking)
        finally:
            _end(left)
            os.close(taking)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        if self._done < len(session.items) and not session.testsfailed:
            raise session.Failed(f"of {len(session.items)} tests {self._done} were run")
        return True

    def _forked(self, session: pytest.Session, number: int, items: Iterator[pytest.Item]) -> _Process:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            # The threads that there are belong to numpy and its kin, which see to them when they are forked.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._run(session, number, items, Connection(writing, readable=False))
        os.close(writing)
        return _Process(number, pid, os.pidfd_open(pid), Connection(reading, writable=False))

    def _run(
        self, session: pytest.Session, number: int, items: Iterator[pytest.Item], reports: Connection
    ) -> None:
        """All that the process does: it ends here."""
        ended = 1
        try:
            _set_apart(session.config, number, reports)
            places = {item: place for place, item in enumerate(session.items)}
            item = next(items, None)
            while item is not None and not session.shouldfail and not session.shouldstop:
                following = next(items, None)  # it says what of this one's fixtures stays
                _PLACE.pack_into(self._at_work, number * _PLACE.size, places[item])
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                item = following
            session._setupstate.teardown_exact(None)  # of one that stopped early
            ended = 0
        except BaseException:  # noqa: BLE001  # nothing of what its parent would do next is for this process
            _say(session.config, traceback.format_exc())
        finally:
            os._exit(ended)

    def _report(self, session: pytest.Session, left: list[_Process], taking: int) -> None:
        """Pass on what they report, until none is left."""
        while left:
            ready = wait([one for process in left for one in (process.reports, process.ended)])
            for process in list(left):
                if process.ended in ready:
                    while self._passed_on(session, process):
                        pass
                    left.remove(process)
                    self._see_how_it_ended(session, process)
                elif process.reports in ready:
                    self._passed_on(session, process)
            if session.shouldfail or session.shouldstop:
                os.read(taking, _HELD)  # then each ends with the file that it is at

    def _passed_on(self, session: pytest.Session, process: _Process) -> bool:
        """Whether there was something to pass on."""
        hook, config = session.config.hook, session.config
        try:
            if not process.reports.poll():
                return False
            said = process.reports.recv_bytes()
        except (EOFError, OSError):
            return False
        for data in msgspec.msgpack.decode(said):
            if isinstance(data["longrepr"], list):
                data["longrepr"] = tuple(data["longrepr"])  # where and why a test skips
            report = hook.pytest_report_from_serializable(config=config, data=data)
            hook.pytest_runtest_logreport(report=report)
        self._done += 1
        return True

    def _see_how_it_ended(self, session: pytest.Session, process: _Process) -> None:
        _, status = os.waitpid(process.pid, 0)
        os.close(process.ended)
        process.reports.close()
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return
        (place,) = _PLACE.unpack_from(self._at_work, process.number * _PLACE.size)
        item, how = session.items[place], Signals(-code).name if code < 0 else f"code {code}"
        why = f"the process ended by {how} in this test or beside it; what is left of its file was not run"
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", why, "call")
        session.config.hook.pytest_runtest_logreport(report=report)


class _Reporter:
    """Sends what becomes of each test, all of it at once."""

    def __init__(self, config: pytest.Config, reports: Connection) -> None:
        self._config = config
        self._reports = reports
        self._said: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self._config.hook
        self._said.append(hook.pytest_report_to_serializable(config=self._config, report=report))

    def pytest_runtest_logfinish(self) -> None:
        said, self._said = self._said, []
        self._reports.send_bytes(msgspec.msgpack.encode(said))


class _NoTerminal:
    """Where pytest looks for a terminal, one that is written on by what cannot wait: who dumps the threads'
    stacks.
    """

    def __init__(self, writer: object) -> None:
        self._tw = writer


def _set_apart(config: pytest.Config, number: int, reports: Connection) -> None:
    """Give the process what it may not share with the others: its files, its output, who hears of a test."""
    folders = config._tmp_path_factory  # type: ignore[attr-defined]  # there is no other way
    folders._basetemp = folders.mktemp(f"{OWN_FOLDER}{number}", numbered=False)
    plugins = config.pluginmanager
    capturing: Any = plugins.getplugin("capturemanager")
    capturing.stop_global_capturing()
    capturing.start_global_capturing()
    capturing.suspend_global_capture(in_=False)
    terminal = plugins.unregister(name="terminalreporter")
    plugins.register(_NoTerminal(terminal._tw), "terminalreporter")  # type: ignore[union-attr]
    plugins.register(_Reporter(config, reports))


def _say(config: pytest.Config, text: str) -> None:
    with suppress(OSError, ValueError):
        config.get_terminal_writer().write(text, flush=True)


def _files(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    return list(files.values())


def _queue(files: int) -> int:
    """A pipe of the places of so many files: what one process reads, no other reads."""
    places = b"".join(map(_PLACE.pack, range(files)))
    if len(places) > _HELD:
        raise pytest.UsageError(f"{files} files are more than a pipe holds: run fewer, or --processes 0")
    taking, giving = os.pipe()
    os.write(giving, places)
    os.close(giving)
    return taking


def _taken(files: Sequence[Sequence[pytest.Item]], taking: int) -> Iterator[pytest.Item]:
    """The tests of one file after another, as long as the pipe has one."""
    places = iter(lambda: os.read(taking, _PLACE.size), b"")
    return chain.from_iterable(files[_PLACE.unpack(place)[0]] for place in places)


def _end(processes: Sequence[_Process]) -> None:
    """End those that an interrupted run leaves: each first ends what it started itself."""
    for process in processes:
        if process.ended not in wait([process.ended], _LAST_CARE):
            os.kill(process.pid, SIGKILL)
        os.waitpid(process.pid, 0)
