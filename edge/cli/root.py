"""`gatepost root`: the keys that say whose word counts, in the hands of several people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.admin import root_ceremony
from edge.admin.publishing import publish
from edge.admin.site_keys import ROOT_LIFETIME
from edge.cli.answers import Json, answer
from edge.cli.arguments import LASTING
from edge.cli.files_to_read import ToRead
from edge.errors import ConfigurationError
from edge.registry.format import Root, split_chain, walk
from edge.registry.keys import read_anchor
from edge.signing.cose import key_id_of
from edge.signing.key_files import public_pem, raw_public, read_private_key
from edge.support.counted import counted

app = cyclopts.App(name="root", help="Make and rotate the keys that say whose word counts.")
key_app = cyclopts.App(name="key", help="The keys of a root.")
app.command(key_app)

Roots = Annotated[Path, ToRead, Parameter(name="--roots", help="The file of the roots so far.")]
Anchor = Annotated[Path, ToRead, Parameter(name="--anchor", help="root.pub, as the gates were given it.")]
Document = Annotated[Path, ToRead, Parameter(help="A root that was drafted.")]
Keys = Annotated[tuple[Path, ...], ToRead]


def _keys(of: str) -> Parameter:
    return Parameter(help=f"A public key (PEM) {of}; may be repeated.")


@key_app.command(name="create")
def create_key(
    path: Annotated[Path, Parameter(name="FILE", help="Where the private key goes.")],
    /,
    *,
    json: Json = False,
) -> None:
    """Create a private key, for a safe or for a machine, and its public half beside it.

    Example: gatepost root key create one.key
    """
    public = root_ceremony.make_key(path)
    answer(
        {"file": str(path), "public": str(public)},
        f"{path}: keep it where its work is done, and nowhere else",
        f"{public}: give it to the person who drafts the root",
        json=json,
    )


@key_app.command(name="show")
def show_key(
    path: Annotated[Path, ToRead, Parameter(name="FILE", help="The private key (PEM).")],
    /,
    *,
    id_only: Annotated[
        bool,
        Parameter(name="--id", negative="", help="Its id instead, as root show has it: to compare on paper."),
    ] = False,
    json: Json = False,
) -> None:
    """Show the public half of a private key (PEM), as a draft of a root needs it.

    Example: gatepost root key show registry.key
    """
    public = read_private_key(path).public_key()
    pem, key_id = public_pem(public).decode(), key_id_of(raw_public(public)).hex()
    answer({"key": pem, "key_id": key_id}, key_id if id_only else pem.removesuffix("\n"), json=json)


@app.command
def draft(
    out: Annotated[Path, Parameter(name="FILE", help="Where the draft goes.")],
    /,
    *,
    roots: Roots = Path("roots"),
    root: Annotated[Keys, _keys("of the next root")],
    registry: Annotated[Keys, _keys("that signs registries")],
    policy: Annotated[Keys, _keys("that signs policies")],
    command: Annotated[Keys, _keys("that signs commands")] = (),
    acknowledgement: Annotated[Keys, _keys("that signs acknowledgements")] = (),
    site: Annotated[
        tuple[str, ...], Parameter(help="A site's id; may be repeated; by default every site.")
    ] = (),
    threshold: Annotated[
        int,
        Parameter(
            help="How many root keys make the next root; more than half.", validator=Number(gte=0, lte=1000)
        ),
    ] = 0,
    expires_in: Annotated[timedelta, LASTING, Parameter(help="365d: when it ends.")] = ROOT_LIFETIME,
    json: Json = False,
) -> None:
    """Draft the next root, unsigned: whose word counts for what.

    Example: gatepost root draft next --root one.pub --registry registry.pub --policy policy.pub
    """
    document = root_ceremony.draft(
        root_ceremony.chain_at(roots),
        _end_of(expires_in),
        root=list(root),
        registry=list(registry),
        policy=list(policy),
        command=list(command),
        acknowledgement=list(acknowledgement),
        sites=site,
        threshold=threshold,
    )
    publish(out, document)
    answer(
        {"file": str(out)},
        f"{out}: take it to the root keys, one after the other: gatepost root sign {out} --key KEY",
        json=json,
    )


def _end_of(lifetime: timedelta) -> datetime:
    try:
        return datetime.now(UTC).replace(microsecond=0) + lifetime
    except OverflowError:
        raise ConfigurationError("is too long", where="--expires-in", remedy="write 1095d") from None


@app.command
def sign(
    document: Document,
    /,
    *,
    key: Annotated[Path, ToRead, Parameter(help="The private root key (PEM).")],
    json: Json = False,
) -> None:
    """Add a root key's signature to a draft.

    Example: gatepost root sign next --key one.key
    """
    signed = root_ceremony.signed_by(root_ceremony.document_at(document), read_private_key(key))
    publish(document, signed)
    count = root_ceremony.signatures_in(signed)
    answer({"file": str(document), "signatures": count}, f"{document}: signed by {count}", json=json)


@app.command
def adopt(
    document: Document,
    /,
    *,
    roots: Roots = Path("roots"),
    anchor: Anchor = Path("root.pub"),
    json: Json = False,
) -> None:
    """Append a draft to the roots, where enough keys have signed it; gates follow with the next registry.

    Example: gatepost root adopt next
    """
    chain, root = root_ceremony.adopted(
        root_ceremony.chain_at(roots), root_ceremony.document_at(document), read_anchor(anchor)
    )
    publish(roots, chain)
    _show(root, len(split_chain(chain)), json=json)


@app.command
def show(
    *,
    draft: Annotated[
        Path | None, ToRead, Parameter(help="A draft instead: what its signers are asked to sign.")
    ] = None,
    roots: Roots = Path("roots"),
    anchor: Anchor = Path("root.pub"),
    json: Json = False,
) -> None:
    """Verify the roots as a gate would, and show whose word counts now.

    Example: gatepost root show
    """
    if draft is not None:
        document = root_ceremony.document_at(draft)
        _show(root_ceremony.root_in(document), root_ceremony.signatures_in(document), "signature", json=json)
        return
    chain = root_ceremony.chain_at(roots)
    _show(walk(chain, read_anchor(anchor)), len(split_chain(chain)), json=json)


def _show(root: Root, count: int, counts: str = "root", *, json: bool) -> None:
    keys = {
        role: [key_id_of(item).hex() for item in held]
        for role, held in (
            ("root", root.root_keys),
            ("registry", root.registry_keys),
            ("policy", root.policy_keys),
            ("command", root.command_keys),
            ("acknowledgement", root.acknowledgement_keys),
        )
    }
    fields = {"version": root.version, "until": root.expires, "threshold": root.threshold}
    answer(
        {**fields, "sites": root.sites, f"{counts}s": count, "keys": keys},
        counted(count, counts),
        f"root {root.version}, expires {root.expires:%Y-%m-%d}, {root.threshold} of "
        f"{len(root.root_keys)} make the next one, for {', '.join(root.sites) or 'every site'}",
        *(f"{role}: {', '.join(held) or 'nobody'}" for role, held in keys.items()),
        json=json,
    )
