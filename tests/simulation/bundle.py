"""A simulated site's registry as one file for a gate's inbox, where no central publishes it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from edge.admin.policy_file import read_policy
from edge.admin.publication import Edition, publication, sign_policy
from edge.credentials.known.rights import Rights
from edge.decision import Subject
from edge.registry.format import Content, SignedPolicy, records_of, walk
from edge.signing.key_files import raw_public
from tests.simulation.site import SITE, Site, true_time
from tests.simulation.site_keys import SiteKeys


def bundle_of(
    site: Site,
    folder: Path,
    version: int,
    subjects: tuple[Subject, ...],
    at: float = 0.0,
    keys: SiteKeys | None = None,
    *,
    numbers: Rights | None = None,
    salt: bytes = b"",
    more: str = "",
) -> bytes:
    """A registry of these subjects, signed with `keys` (those of the site) for a gate's inbox: with what
    these `numbers` open under a `salt`, and `more` rules (lines of policy.toml).
    """
    keys = keys or site.keys
    policy = folder / "policy.toml"
    policy.write_text(site.policy() + more)
    content = Content(
        policy=read_policy(policy),
        subjects=subjects,
        templates=tuple(site.templates[subject.id] for subject in subjects),
        pass_keys=(raw_public(keys.passes.public_key()),),
        numbers=numbers or {},
        number_salt=salt,
    )
    rules = SignedPolicy(SITE, 0, content.policy, content.calibrations)
    signed = sign_policy(rules, keys.policy, walk(keys.roots, keys.anchor), b"")
    issued = true_time(at)
    edition = Edition(SITE, version, issued, issued + timedelta(days=30))
    return publication(records_of(content, signed), edition, keys.roots, keys.registry, keys.seal).bundle
