"""`gatepost setup --enrol`: the site's part of a setup from a centre, by the code of an invitation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import msgspec

from edge.configuration import load_configuration
from edge.errors import ConfigurationError, GatepostError
from edge.lane.configuration import LaneDirection
from edge.setup.asking import Asker
from edge.setup.core import IN_FOLDER, Question
from edge.setup.ground import Ground
from edge.setup.material import SiteMaterial
from sync.adoption.adopting import Adopted, PresentGate, adopt, pending, settle
from sync.adoption.places import AdoptionPlaces, folder_places, system_places
from sync.gate_invitation import DOOR_PORT, InvitationCode, address_in, read_code


@contextmanager
def enrolled(ground: Ground, typed: str | None, asker: Asker) -> Iterator[tuple[Ground, SiteMaterial | None]]:
    """The ground with its sync process, and the site's part, of a gate that enrols, or that was interrupted.

    Without either nothing changes. What was kept on the way goes once the block has ended. Raises
    GatepostError.
    """
    folder = ground.gate_file.parent
    places = system_places() if ground.on_system else folder_places(folder)
    adopted = pending(places) if typed is None else _adopted(ground, typed, places, asker)
    if adopted is None:
        yield ground, None
        return
    yield _tied(ground, places), _material(adopted)
    if ground.gate_file.is_file():
        settle(places)


def _adopted(ground: Ground, typed: str, places: AdoptionPlaces, asker: Asker) -> Adopted:
    text, _, centre = typed.rpartition("@")
    if not centre or "@" not in typed:
        raise ConfigurationError(
            "expected CODE@CENTRE",
            where="--enrol",
            remedy="at the centre: gatepost central gate invite SITE/GATE",
        )
    door = address_in(centre, DOOR_PORT, "--enrol")
    code = read_code(text) if text else _asked(asker)
    asker.tell(f"asking {centre.strip()} …")
    return adopt(code, door, places, _present(ground), say=asker.tell)


def _asked(asker: Asker) -> InvitationCode:
    """The code, typed at the terminal; who is watched is asked again."""
    while True:
        text = asker.choose(Question("code", "The code of the invitation", free=True))
        try:
            return read_code(text)
        except GatepostError as error:
            if not asker.attended:
                raise
            asker.tell(str(error))


def _present(ground: Ground) -> PresentGate | None:
    """The gate that this computer is already; a gate.toml that cannot be read is none of another."""
    try:
        gate = load_configuration(ground.gate_file).gate
    except GatepostError:
        return None
    return PresentGate(gate.site, gate.id)


def _tied(ground: Ground, places: AdoptionPlaces) -> Ground:
    """The ground with the paths where sync process and gate meet; on the system they are there already."""
    if ground.on_system:
        return ground
    meets = places.meets
    tied = msgspec.structs.replace(
        IN_FOLDER,
        inbox=str(meets.inbox),
        registry=str(meets.folder),
        lists=str(meets.lists),
        journal_socket=str(meets.journal),
        acknowledged=str(meets.acknowledged),
        commands_socket=str(meets.commands),
    )
    return replace(ground, places=tied)


def _material(adopted: Adopted) -> SiteMaterial:
    return SiteMaterial(
        adopted.site,
        adopted.gate,
        None if adopted.direction is None else LaneDirection(adopted.direction),
        adopted.root,
        adopted.template_key,
        device=adopted.device,
        sealing_key=adopted.sealing_key,
        language=adopted.language,
        about=f"gate {adopted.gate} of {adopted.site}, as device {adopted.device}",
    )
