"""Keeps each site's policies with their history: the text, since when, by whom, approved by whom.

A site begins with the policy.toml in its folder; once a policy was approved here, that one counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.admin.policy_file import policy_in
from edge.decision import Policy
from edge.support.toml import toml_in
from sync.central.changes.tables import policy_text


@dataclass(frozen=True)
class KeptPolicy:
    """The policy `number` of a site, which counts since `at` (microseconds since 1970 UTC)."""

    number: int
    text: str
    at: int
    asked_by: str
    approved_by: str
    why: str


def policy_of(text: str, where: str = "policy.toml") -> Policy:
    """The policy that the text of a policy.toml says. Raises ConfigurationError with place and key."""
    return policy_in(toml_in(text.encode(), where))


def kept_policy(connection: sa.Connection, site: str) -> KeptPolicy | None:
    """The policy of a site that counts; None where the site's folder has the only one."""
    return next(iter(kept_policies(connection, site, count=1)), None)


def kept_policies(
    connection: sa.Connection, site: str, *, before: int | None = None, count: int = 50
) -> list[KeptPolicy]:
    """The policies that a site had, newest first, those before the number `before`."""
    query = sa.select(policy_text).where(policy_text.c.site == site)
    if before is not None:
        query = query.where(policy_text.c.number < before)
    rows = connection.execute(query.order_by(policy_text.c.number.desc()).limit(count))
    return [KeptPolicy(row.number, row.text, row.at, row.asked_by, row.approved_by, row.why) for row in rows]


def keep_policy(connection: sa.Connection, site: str, policy: KeptPolicy) -> None:
    """Add a policy, which counts from now on; the caller holds the site."""
    values = {
        "number": policy.number,
        "text": policy.text,
        "at": policy.at,
        "asked_by": policy.asked_by,
        "approved_by": policy.approved_by,
        "why": policy.why,
    }
    connection.execute(sa.insert(policy_text).values(site=site, **values))
