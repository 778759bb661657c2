"""One command of central's people in a simulated world: sent as `gatepost central command send` sends it."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands.core import CommandKind
from edge.support.due import NEVER
from sync.central.command_issuer import PATIENCE, CommandIssuer, IssuedCommand, answers_of
from sync.central.devices.devices import DeviceKeys
from sync.central.store import StoreError
from sync.transport.broker import Broker
from sync.transport.connection import Connection, LinkState
from tests.simulation.ingester import Surroundings
from tests.simulation.observations import Commanded, Observation

READ_EVERY = 1.0
"""Seconds between two looks at the gate's journal."""
ACTOR = "Wang Fang"


class GivenCommand:
    """It listens, sends, waits for the word of the gate, signs again if asked to, and ends. Raises StoreError
    where the database cannot be opened.
    """

    def __init__(
        self,
        around: Surroundings,
        key: Ed25519PrivateKey,
        name: str,
        wanted: tuple[str, CommandKind, str],
        tell: Callable[[Observation], None],
    ) -> None:
        device, kind, argument = wanted
        self._around = around
        self._tell = tell
        self._device = device
        self._store = around.database.opener()(around.database.url)
        self._process = around.process(name, name, self._wake)
        host = self._process.host
        keys = DeviceKeys(self._store, host.clock)
        issuer = CommandIssuer(key, self._store, host.wall, host.entropy)
        self._issued = IssuedCommand(issuer, self._store, keys.for_device, device, kind, ACTOR, argument)
        broker = Broker("broker", plain=True)
        self._link = Connection(broker, name, answers_of(device), lambda: 0.0, host=host)
        self._ends = around.scheduler.now + PATIENCE
        self.is_over = False
        self._task = around.scheduler.task(self._poll)

    def close(self) -> None:
        """Wait no more."""
        if not self.is_over:
            self.is_over = True
            self._task.stop()
            self._link.close()
            self._store.close()
            self._around.network.leave(self._process)

    # --- inside --------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._task.wake()

    def _poll(self) -> float:
        try:
            return self._go_on()
        except StoreError:
            self.close()
            return NEVER

    def _go_on(self) -> float:
        arrived, now = self._link.poll(0.0), self._around.scheduler.now
        if self._issued.command is None:
            if self._link.state is LinkState.READY:
                self._send()
        else:
            self._issued.hear(arrived)
            self._issued.read()
            if self._issued.is_asked_for_again:
                self._send()
        if self._issued.verdict is not None or now >= self._ends:
            self.close()
            return NEVER
        return min(self._ends, now + READ_EVERY)

    def _send(self) -> None:
        """Have the broker hand it on; it keeps none for a device that is not there."""
        sealed = self._issued.sealed_now()
        command, now = self._issued.command, self._around.scheduler.now
        assert command is not None
        self._tell(Commanded(now, self._device, command.kind.value, command.nonce))
        self._ends = now + PATIENCE
        self._around.network.say(sealed)
