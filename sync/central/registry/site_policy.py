"""Says which policy of a site counts: the last that two people approved, or the one in the site's folder.

The folder is where a site begins. What is published from it is kept with the others, so that the console
knows it; once a policy was approved, an edit in the folder is refused instead of being ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from edge.admin.policy_file import policy_in
from edge.decision import Policy
from edge.errors import RegistryError
from edge.support.phrases import phrase
from edge.support.toml import read_toml
from sync.central.changes.policies import KeptPolicy, keep_policy, kept_policies, kept_policy, policy_of

FOLDER = "policy.toml"
"""Who asked for a policy that was taken from the site's folder; nobody approved it."""
_LOOKED_AT = 10_000


@dataclass(frozen=True)
class InForce:
    """The policy of a site that counts, its text, and its number among those kept; `is_new`: not kept yet."""

    policy: Policy
    text: str
    number: int
    is_new: bool = False


def policy_in_force(connection: sa.Connection, folder: Path, site: str) -> InForce:
    """The policy that counts for a site whose files are in `folder`.

    Raises ConfigurationError if it cannot be read, RegistryError if the folder says otherwise than what was
    approved.
    """
    kept, path = kept_policy(connection, site), folder / FOLDER
    if kept is not None and not path.exists():
        return InForce(policy_of(kept.text, f"policy {kept.number} of {site}"), kept.text, kept.number)
    document = read_toml(path)
    policy = policy_in(document)
    if kept is None:
        return InForce(policy, document.text, 1, is_new=True)
    if document.text == kept.text:
        return InForce(policy, kept.text, kept.number)
    if not kept.approved_by:
        return InForce(policy, document.text, kept.number + 1, is_new=True)
    if document.text != _last_of_folder(connection, site):
        raise RegistryError(
            phrase(
                "was changed, but policy %(number)s counts, which %(approved_by)s approved",
                number=kept.number,
                approved_by=kept.approved_by,
            ),
            where=str(path),
            remedy=phrase("undo the change there, and ask for it in the console"),
        )
    return InForce(policy_of(kept.text, f"policy {kept.number} of {site}"), kept.text, kept.number)


def keep_in_force(connection: sa.Connection, site: str, found: InForce, now: int) -> None:
    """Keep a policy that was taken from the folder, if it is not kept yet; the caller holds the site."""
    kept = kept_policy(connection, site)
    if found.is_new and found.number == (1 if kept is None else kept.number + 1):
        keep_policy(connection, site, KeptPolicy(found.number, found.text, now, FOLDER, "", ""))


def _last_of_folder(connection: sa.Connection, site: str) -> str | None:
    """The text that the folder had when it was last published from."""
    kept = kept_policies(connection, site, count=_LOOKED_AT)
    return next((item.text for item in kept if not item.approved_by), None)
