"""`gatepost registry`: sign what the gates may know, and look into what was signed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.admin.site_admin import REGISTRY_LIFETIME
from edge.cli.answers import Json, answer, warn
from edge.cli.arguments import LASTING
from edge.cli.files_to_read import ToRead
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.errors import RegistryError
from edge.registry.bundle_file import read_bundle
from edge.registry.format import hold_bundle
from edge.support.counted import counted

app = cyclopts.App(name="registry", help="Build and show the signed registry.")


@app.command
def build(
    *,
    expires_in: Annotated[
        timedelta, LASTING, Parameter(help="30d, 12h: when the gates call it stale.")
    ] = REGISTRY_LIFETIME,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Sign policy, subjects, templates and keys under the next version.

    Example: gatepost registry build
    """
    admin = site_admin_in(folder)
    built = admin.build(datetime.now(UTC), expires_in)
    answer(
        {
            "site": admin.site.id,
            "version": built.version,
            "subjects": built.subjects,
            "templates": built.templates,
            "size": built.size,
            "until": built.expires,
            "file": str(built.path),
        },
        f"registry version {built.version}: {counted(built.subjects, 'subject')}, "
        f"{counted(built.templates, 'template')}, {counted(built.size, 'byte')}, "
        f"expires {built.expires:%Y-%m-%d %H:%M} UTC",
        str(built.path),
        json=json,
    )
    warn(map(str, built.gaps), json=json)
    engines = Counter(template.engine for template in admin.store.templates())
    if len(engines) > 1:
        # A gate has one engine, and templates of another are never compared with what it sees.
        counts = ", ".join(f"{count} by {engine}" for engine, count in engines.most_common())
        warn([f"templates {counts}: a gate uses one engine; enrol the people of the others again"], json=json)


@app.command
def show(
    bundle: Annotated[Path | None, ToRead, Parameter(help="A bundle; the site's own by default.")] = None,
    /,
    *,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Verify a bundle as a gate would, and show what it holds.

    Example: gatepost registry show
    """
    admin = site_admin_in(folder)
    path = bundle or admin.bundle
    trusted = admin.trusted()
    try:
        data = read_bundle(path, trusted, follow=True)
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(path)) from None
    registry = hold_bundle(data, trusted)
    gates = registry.policy.gates.items()
    answer(
        {
            "site": registry.site,
            "version": registry.version,
            "issued": registry.issued,
            "until": registry.expires,
            "subjects": len(registry.subjects),
            "templates": len(registry.templates),
            "pass_keys": len(registry.pass_keys),
            "revoked_passes": len(registry.revoked_passes),
            "gates": [{"gate": name, "mode": gate.mode, "modes": len(gate.schedule)} for name, gate in gates],
        },
        f"site {registry.site}, version {registry.version}",
        f"issued  {registry.issued:%Y-%m-%d %H:%M} UTC, expires {registry.expires:%Y-%m-%d %H:%M} UTC",
        f"{counted(len(registry.subjects), 'subject')}, {counted(len(registry.templates), 'template')}, "
        f"{counted(len(registry.pass_keys), 'pass key')}, "
        f"{counted(len(registry.revoked_passes), 'revoked pass', 'revoked passes')}",
        *(
            f"gate {name}: {gate.mode}, {counted(len(gate.schedule), 'scheduled mode')}"
            for name, gate in gates
        ),
        json=json,
    )
