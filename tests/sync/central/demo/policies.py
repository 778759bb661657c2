"""Rules for the sites of the street, without the files and keys that the demo's own come from."""

from __future__ import annotations

import msgspec

from edge.decision import Mode, Outcome, Policy, Status
from sync.central.demo.street import StreetSite

_MEANS = {
    Status.GREEN: Outcome.GRANT,
    Status.YELLOW: Outcome.REFER,
    Status.RED: Outcome.DENY,
    Status.EXPIRED: Outcome.DENY,
    Status.ABSENT: Outcome.REFER,
    Status.FAILED: Outcome.REFER,
    Status.TIMEOUT: Outcome.REFER,
}


def policy_for(site: StreetSite) -> Policy:
    """What the site's rules say: everybody who belongs there, with a face or a code, by their health code."""
    rules = {
        "gates": {gate: {"mode": Mode.FACE_OR_CODE} for gate in site.gates},
        "access": [{"id": group, "groups": [group]} for group in ("resident", "staff")],
        "statuses": {status: {"entry": outcome} for status, outcome in _MEANS.items()},
    }
    return msgspec.convert(rules, Policy)
