"""`gatepost site`: make a site: its keys, its policy and its gates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter

from edge.admin.site_admin import REGISTRY_LIFETIME, SiteFile, init_site
from edge.admin.site_keys import root_places
from edge.cli.answers import Json, answer
from edge.cli.files_to_read import ToRead
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.state_words import ModeWord
from edge.decision import Mode
from edge.errors import ConfigurationError
from edge.lane.configuration import LaneDirection
from edge.prompts.texts import Language
from edge.registry.format import seal_key_of
from edge.registry.keys import read_template_key, seal_key_file
from edge.signing.key_files import write_secret

app = cyclopts.App(name="site", help="Make a site: its keys, its policy and its gates.")
seal_app = cyclopts.App(name="seal", help="The key that seals the site's registry for its gates.")
app.command(seal_app)
app.command(
    "edge.cli.site_backup:backup_app", name="backup", help="The folder in one encrypted file, and back."
)

app.command("edge.cli.template_key:template_key_app", name="template-key", help="The key that seals faces.")

RootsWord = Literal["2_of_3", "3_of_5", "1_of_1"]
_ROOTS: dict[RootsWord, int] = {"2_of_3": 3, "3_of_5": 5, "1_of_1": 1}


@app.command
def init(
    folder: Annotated[Path, Parameter(help="Where the site is made.")],
    /,
    *,
    site_id: Annotated[
        str | None, Parameter(name="--id", help="The site's id; by default the folder's name.")
    ] = None,
    name: Annotated[str, Parameter(help="What people call it.")] = "",
    time_zone: Annotated[str, Parameter(help="The zone of its times.")] = "Asia/Shanghai",
    address: Annotated[str, Parameter(help="The site's address code.")] = "",
    language: Annotated[Language, Parameter(help="The language of prompts: zh or en.")] = "zh",
    mode: ModeWord = Mode.FACE_AND_CODE,
    gate: Annotated[tuple[str, ...], Parameter(help="ID or ID:entry, ID:exit, ID:both; may be repeated.")] = (
        "main",
    ),
    roots: Annotated[
        RootsWord, Parameter(help="How many of how many root keys replace any other.")
    ] = "2_of_3",
    root_key: Annotated[
        tuple[Path, ...],
        Parameter(help="A folder for one root key, best on a medium of its own; repeated for each."),
    ] = (),
    json: Json = False,
) -> None:
    """Make a new site in FOLDER. Nothing that exists is overwritten.

    Its gates ask for face and code in one unless --mode says otherwise: the pass names the person, the face
    confirms it, and a stranger has one chance in a thousand instead of one among all who are enrolled.

    Three root keys say whose signature counts, and two of them replace any other key. They belong apart, in
    three hands: name three media (--root-key), or take them out of FOLDER/root afterwards. --roots 1_of_1
    makes one, for a trial.

    Example: gatepost site init green-court --mode face_or_code --gate main:entry --gate out:exit
    """
    gates = dict(_gate(text) for text in gate)
    site = SiteFile(site_id or _identifier(folder), name, time_zone, address)
    places = root_places(folder, root_key, _ROOTS[roots])
    admin = init_site(folder, site, gates, datetime.now(UTC), language, mode, places)
    admin.build(datetime.now(UTC), REGISTRY_LIFETIME)
    policy = folder / "policy.toml"
    answer(
        {
            "site": site.id,
            "folder": str(folder),
            "gates": list(gates),
            "policy": str(policy),
            "root": [str(place) for place in places],
            "threshold": admin.keys.root.threshold,
        },
        f"site {site.id} in {folder}: gates {', '.join(gates)}, an empty registry (version 1)",
        f"policy:   {policy} (read it: it says who may pass)",
        *_about_roots(places, admin.keys.root.threshold),
        json=json,
    )


@seal_app.command
def export(
    path: Annotated[Path, Parameter(name="FILE", help="The new file, for a centre: sites/ID/seal.key.")],
    /,
    *,
    template_key: Annotated[
        Path | None, ToRead, Parameter(help="A gate's template.key; by default the site's own.")
    ] = None,
    folder: SiteFolder = HERE,
    json: Json = False,
) -> None:
    """Write the seal key of a site into a new file that only its owner can read.

    A centre needs it to publish for the site's gates. It opens the registry (names, addresses, statuses), and
    no template: that takes the template key, from which it follows.

    Example: gatepost site seal export centre/sites/green-court/seal.key
    """
    key = site_admin_in(folder).keys.template if template_key is None else read_template_key(template_key)
    write_secret(path, seal_key_file(seal_key_of(key)))
    answer({"file": str(path)}, f"seal key in {path}", json=json)


def _about_roots(places: tuple[Path, ...], threshold: int) -> Iterator[str]:
    """What to do with the root keys now."""
    for number, place in enumerate(places, start=1):
        yield f"root key {number}: {place}"
    if len(places) == 1:
        yield "          move it off this machine now, to two places that you can lock: anyone who has it"
        yield "          can replace every other key, and it is needed for nothing else."
        return
    yield f"          take them apart now, to {len(places)} people who each lock one away: any {threshold}"
    yield "          can replace every other key. They are needed for nothing else, and none belongs on"
    yield "          this machine: docs/root-ceremony.md."


def _identifier(folder: Path) -> str:
    """The folder's name as an id: small letters and digits, dashes for the rest."""
    return re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._") or "site"


def _gate(text: str) -> tuple[str, LaneDirection]:
    name, _, direction = text.partition(":")
    try:
        return name, LaneDirection(direction or "entry")
    except ValueError:
        raise ConfigurationError(
            f"a gate cannot be {direction!r}", where=f"--gate {text}", remedy="entry, exit or both"
        ) from None
