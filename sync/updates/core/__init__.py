"""Updates as values: a release and its place in the repository, what a trial found, whether a version may be
taken, how far an exchange has come. PURE.
"""

from sync.updates.core.causes import UpdateCause, cause_of
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
    not_newer,
    obstacle,
    package_path,
)
from sync.updates.core.standing import (
    MOST_WHY,
    Exchange,
    ExchangePhase,
    Standing,
    Unfetched,
    begun,
    ended,
    exchanged,
    fetched_again,
    not_fetched,
    started_again,
)
from sync.updates.core.trial import MOST_NAMED, Difference, TrialReport, objections

__all__ = [
    "CHANNEL",
    "MOST_NAMED",
    "MOST_PACKAGE_BYTES",
    "MOST_UNPACKED_BYTES",
    "MOST_WHY",
    "Difference",
    "Exchange",
    "ExchangePhase",
    "NewestOfChannel",
    "Platform",
    "SoftwareRelease",
    "Standing",
    "TrialReport",
    "Unfetched",
    "UpdateCause",
    "UpdateError",
    "begun",
    "cause_of",
    "channel_path",
    "checked_version",
    "ended",
    "exchanged",
    "fetched_again",
    "is_newer",
    "not_fetched",
    "not_newer",
    "objections",
    "obstacle",
    "package_path",
    "started_again",
]
