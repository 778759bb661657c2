"""A centre's process ends, or is killed, while it waits for a standby: what it leaves at the server."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.support.isolated import isolated
from tests.cluster.postgres import Server, url_of
from tests.command_line import called
from tests.sync.services import Mosquitto
from tests.sync.world import World, append
from tests.waiting import PATIENT, soon


def test_a_process_that_ends_or_is_killed_leaves_no_wait_at_the_server_and_the_next_one_works(
    servers: tuple[Server, Server], broker: Mosquitto, tmp_path: Path
) -> None:
    primary, standby = servers
    world = World(tmp_path, url_of(primary, standby), broker.port)
    with world.journal() as journal, world.agent() as agent:
        told = append(journal, 5)

        def come() -> None:
            soon(lambda: world.stored() == told, "they do not come", meanwhile=agent.poll)
            soon(lambda: waits(primary), "nobody waits for the standby", meanwhile=agent.poll)

        with running(world) as process:
            soon(lambda: not agent._uploader.progress()[2], "nothing is acknowledged", meanwhile=agent.poll)
            standby.stop()
            told += append(journal, 5)
            come()
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENT) == 0
            soon(lambda: not waits(primary), "a process that has ended waits on")

        with running(world) as process:
            told += append(journal, 5)
            come()
            assert "no standby is connected" in called("central", "status", "--config", central(world)).stdout
            left = waits(primary)
            process.kill()
            process.wait()
            assert waits(primary) == left, "the server notices by itself: nobody has to end them"
        with running(world):
            told += append(journal, 5)
            soon(
                lambda: not left & waits(primary),
                "a wait of a process that was killed stays",
                meanwhile=agent.poll,
            )
            come()
            assert agent._uploader.progress()[2] == 15, "acknowledged what only one machine has"
            standby.start()
            soon(lambda: not agent._uploader.progress()[2], "it is not acknowledged", meanwhile=agent.poll)
        assert world.stored() == told
        assert world.findings() == []


def central(world: World) -> Path:
    return world.folder / "central-1.toml"


@contextmanager
def running(world: World) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the centre, with nothing but the ingester."""
    words = [*isolated("sync.cli.main"), "central", "run", "--only", "ingester", "--config"]
    with (world.folder / "central.log").open("ab") as log:
        process = subprocess.Popen([*words, str(world.central_file())], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def waits(server: Server) -> set[str]:
    """The server's processes in which a commit waits for a standby."""
    asked = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    return {*server.ask(asked).split()}
