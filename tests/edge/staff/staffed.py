"""A gate with its staff's side, in one thread and on a clock that is played; and people who ask it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from edge.configuration import load_configuration
from edge.journal.format import Entry
from edge.journal.reader import JournalReader
from edge.runtime.gate_at_work import Gate
from edge.staff.core.roles import StaffRole
from edge.staff.hashing import Pins
from edge.staff.protocol import Answer, Message, Request, encoded
from edge.staff.protocol.envelope import Refused
from edge.staff.protocol.sessions import SignedIn, SignIn
from edge.staff.store import open_staff_store
from edge.staff.stored import StaffAccount
from edge.support.packet_server import Answer as Answering
from tests.edge.alone import Alone
from tests.edge.staff.answers import answer_of
from tests.simulation.site import Site

PIN = "294815"
"""Everybody's PIN."""
TABLET, OTHER = "192.168.7.20", "192.168.7.66"


@cache
def hashed(pin: str) -> str:
    """Made where it is needed: at import it would be of a gate's strength, and each check take 40 ms."""
    return Pins(bytes).hash(pin)


class Staffed(Alone):
    """A gate at whose console somebody may ask. `begin` and `end` it as any."""

    def __init__(self, folder: Path, site: Site, *, origin: str = "") -> None:
        super().__init__(folder, site)
        self.file = folder / "staff.db"
        self.toml = folder / "gate.toml"
        section = {"file": self.file, "socket": folder / "staff.sock", "origin": origin}
        with self.toml.open("a") as toml:
            toml.write(
                "\n".join(["", "[staff]", *(f'{key} = "{value}"' for key, value in section.items()), ""])
            )
        self.configuration = load_configuration(self.toml)
        self.machine = replace(self.machine, serve_packets=self._served)
        self._answering: Answering | None = None
        self.gate: Gate

    def _served(self, _name: str, _place: Path, answer: Answering, _limits: object) -> Any:
        self._answering = answer
        return nullcontext()

    # --- who there is ------------------------------------------------------------------------

    def add(
        self, staff: str, role: StaffRole = StaffRole.GUARD, *, must_change: bool = False, **more: Any
    ) -> None:
        """Make an account, whose PIN is `PIN`."""
        account = StaffAccount(staff, staff.title(), role, False, hashed(PIN), must_change, None, 0, 0.0)
        with closing(open_staff_store(self.file, self.machine.storage)) as store:
            assert store.add(replace(account, **more))

    # --- what is asked -----------------------------------------------------------------------

    def asks(self, body: Message, session: str = "", client: str = TABLET) -> list[Answer]:
        """Ask, and let nothing but the asking happen; the answer, if it is there already."""
        answers: list[Answer] = []
        assert self._answering is not None
        packet = encoded(Request(body, session, client))  # type: ignore[arg-type]
        self._answering(packet, lambda said: answers.append(answer_of(said)))
        return answers

    def ask(self, body: Message, session: str = "", client: str = TABLET) -> Any:
        """The answer, as soon as it is there."""
        answers = self.asks(body, session, client)
        self.pass_time(0.01)
        [answer] = answers
        return answer

    def sign_in(self, staff: str, client: str = TABLET, pin: str = PIN) -> str:
        """The secret of a session."""
        self.pass_time(2.5)  # so many PINs are tried in a while
        answer = self.ask(SignIn(staff, pin), client=client)
        assert isinstance(answer, SignedIn), answer
        return answer.session

    def sleep(self, hours: float) -> None:
        """Let hours pass, of which only the end is played."""
        self.scheduler.sleep(hours * 3600.0)
        self.pass_time(6.0)

    # --- what came of it ---------------------------------------------------------------------

    def events(self, *kinds: str) -> list[Entry]:
        """What the journal has of these kinds."""
        with closing(JournalReader(self.configuration.journal.path)) as journal:
            return [entry for entry in journal.every() if not kinds or entry.kind in kinds]

    def said(self, *kinds: str) -> list[dict[str, Any]]:
        """What the events of these kinds say."""
        return [entry.content for entry in self.events(*kinds)]


@contextmanager
def at_work(here: Staffed) -> Iterator[Staffed]:
    """The gate, with everybody's accounts, at work."""
    here.gate = here.begin()
    here.pass_time(2.0)
    try:
        yield here
    finally:
        here.end(here.gate)


def is_refused(answer: Any, why: str) -> bool:
    """Whether it is a refusal for that reason."""
    return isinstance(answer, Refused) and answer.why == why
