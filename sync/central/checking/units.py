"""Which units run at a centre, and whether they do. `gatepost central setup` starts the same."""

from __future__ import annotations

AUTHORITY_UNITS = ("gatepost-authority.socket", "gatepost-authority.path", "gatepost-authority-revoked.path")
TIMERS = ("gatepost-central-publish.timer", "gatepost-central-renew.timer", "gatepost-central-backup.timer")
SERVICE = "gatepost-central.service"
UNITS = (SERVICE, *AUTHORITY_UNITS, *TIMERS)
"""What runs at a centre whose software has all of it."""
MOSQUITTO = "mosquitto.service"
