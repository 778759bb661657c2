"""`gatepost root`: the keys that say whose word counts, in the hands of several people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.admin import root_ceremony as rooting
from edge.admin.publishing import publish
from edge.admin.site_admin import ROOT_LIFETIME
from edge.registry.format import Root, split_chain, walk
from edge.registry.keys import read_anchor
from edge.signing.cose import key_id_of
from edge.signing.key_files import read_private_key

app = cyclopts.App(name="root", help="Make and rotate the keys that say whose word counts.")

Roots = Annotated[Path, Parameter(name="--roots", help="the file of the roots so far")]
Anchor = Annotated[Path, Parameter(name="--anchor", help="root.pub, as the gates were given it")]
Keys = Annotated[tuple[Path, ...], Parameter(help="public keys (PEM); may be repeated")]


@app.command
def key(path: Path) -> None:
    """Make a private key (for a safe, or for a machine) at PATH, and its public half beside it."""
    print(f"{path}: keep it where its work is done, and nowhere else")
    print(f"{rooting.make_key(path)}: give it to whoever drafts the root")


@app.command
def draft(
    out: Path,
    *,
    roots: Roots = Path("roots"),
    root: Keys,
    registry: Keys,
    policy: Keys,
    command: Keys = (),
    acknowledgement: Keys = (),
    site: Annotated[tuple[str, ...], Parameter(help="only for these sites; every site by default")] = (),
    threshold: Annotated[int, Parameter(help="how many root keys make the next root; more than half")] = 0,
    expires_in: timedelta = ROOT_LIFETIME,
) -> None:
    """Write the next root to OUT, unsigned: whose word counts for what."""
    document = rooting.draft(
        rooting.chain_at(roots),
        datetime.now(UTC).replace(microsecond=0) + expires_in,
        root=list(root),
        registry=list(registry),
        policy=list(policy),
        command=list(command),
        acknowledgement=list(acknowledgement),
        sites=site,
        threshold=threshold,
    )
    publish(out, document)
    print(f"{out}: take it to the root keys, one after the other: gatepost root sign {out} --key KEY")


@app.command
def sign(document: Path, *, key: Path) -> None:
    """Add the signature of the root key in the file --key to DOCUMENT."""
    signed = rooting.signed_by(rooting.document_at(document), read_private_key(key))
    publish(document, signed)
    print(f"{document}: signed by {rooting.signatures_in(signed)}")


@app.command
def adopt(document: Path, *, roots: Roots = Path("roots"), anchor: Anchor = Path("root.pub")) -> None:
    """Append DOCUMENT to the roots, where enough keys have signed it; gates follow with the next registry."""
    chain, root = rooting.adopted(rooting.chain_at(roots), rooting.document_at(document), read_anchor(anchor))
    publish(roots, chain)
    _show(root)


@app.command
def show(*, roots: Roots = Path("roots"), anchor: Anchor = Path("root.pub")) -> None:
    """Verify the roots as a gate would, and say whose word counts now."""
    chain = rooting.chain_at(roots)
    print(f"{len(split_chain(chain))} roots")
    _show(walk(chain, read_anchor(anchor)))


def _show(root: Root) -> None:
    print(
        f"root {root.version}, expires {root.expires:%Y-%m-%d}, {root.threshold} of {len(root.root_keys)}",
        end="",
    )
    print(f" make the next one, for {', '.join(root.sites) or 'every site'}")
    for role, keys in (
        ("root", root.root_keys),
        ("registry", root.registry_keys),
        ("policy", root.policy_keys),
        ("command", root.command_keys),
        ("acknowledgement", root.acknowledgement_keys),
    ):
        print(f"{role}: {', '.join(key_id_of(item).hex() for item in keys) or 'nobody'}")
