"""Updates as values: a release and its place in the repository, what a trial found, whether a version may be
taken, how far an exchange has come. PURE.
"""

from sync.updates.core.release import (
    CHANNEL,
    MOST_PACKAGE_BYTES,
    MOST_UNPACKED_BYTES,
    NewestOfChannel,
    Platform,
    SoftwareRelease,
    UpdateError,
    channel_path,
    checked_version,
    is_newer,
    obstacle,
    package_path,
)
from sync.updates.core.standing import (
    Exchange,
    ExchangePhase,
    Standing,
    begun,
    ended,
    started_again,
)
from sync.updates.core.trial import MOST_NAMED, Difference, TrialReport, objections

__all__ = [
    "CHANNEL",
    "MOST_NAMED",
    "MOST_PACKAGE_BYTES",
    "MOST_UNPACKED_BYTES",
    "Difference",
    "Exchange",
    "ExchangePhase",
    "NewestOfChannel",
    "Platform",
    "SoftwareRelease",
    "Standing",
    "TrialReport",
    "UpdateError",
    "begun",
    "channel_path",
    "checked_version",
    "ended",
    "is_newer",
    "objections",
    "obstacle",
    "package_path",
    "started_again",
]
