"""`gatepost registry`: sign what the gates may know, and look into what was signed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.admin.site_admin import REGISTRY_LIFETIME
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.errors import RegistryError
from edge.registry.bundle_file import read_bundle
from edge.registry.format import Trusted, hold_bundle

app = cyclopts.App(name="registry", help="Build and show the signed registry.")


@app.command
def build(
    *,
    expires_in: Annotated[
        timedelta, Parameter(help="30d, 12h: when the gates call it stale")
    ] = REGISTRY_LIFETIME,
    site: SiteFolder = HERE,
) -> None:
    """Sign policy, subjects, templates and keys under the next version."""
    admin = site_admin_in(site)
    built = admin.build(datetime.now(UTC), expires_in)
    print(
        f"registry version {built.version}: {built.subjects} subjects, {built.templates} templates, "
        f"{built.size} bytes, expires {built.expires:%Y-%m-%d %H:%M} UTC"
    )
    for gap in built.gaps:
        print(f"warning: {gap}")
    engines = Counter(template.engine for template in admin.store.templates())
    if len(engines) > 1:
        # A gate has one engine, and templates of another are never compared with what it sees.
        counts = ", ".join(f"{count} by {engine}" for engine, count in engines.most_common())
        print(f"warning: templates {counts}: a gate uses one engine; enrol the people of the others again")
    print(built.path)


@app.command
def show(bundle: Path | None = None, *, site: SiteFolder = HERE) -> None:
    """Verify a bundle (the site's own by default) as a gate would, and say what it holds."""
    admin = site_admin_in(site)
    path = bundle or admin.bundle
    trusted = Trusted(admin.site.id, admin.anchor)
    try:
        data = read_bundle(path, trusted, follow=True)
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(path)) from None
    registry = hold_bundle(data, trusted)
    print(f"site {registry.site}, version {registry.version}")
    print(f"issued  {registry.issued:%Y-%m-%d %H:%M} UTC, expires {registry.expires:%Y-%m-%d %H:%M} UTC")
    print(f"{len(registry.subjects)} subjects, {len(registry.templates)} templates, ", end="")
    print(f"{len(registry.pass_keys)} pass keys, {len(registry.revoked_passes)} withdrawn passes")
    for name, gate in registry.policy.gates.items():
        print(f"gate {name}: {gate.mode}, {len(gate.schedule)} scheduled modes")
