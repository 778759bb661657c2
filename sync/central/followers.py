"""Who follows the journals of this centre, in the order in which they are told."""

from __future__ import annotations

from sync.central.accesses.correcting import CorrectionFollower
from sync.central.accesses.recording import AccessFollower
from sync.central.accesses.refusing import LaneRefusalFollower
from sync.central.alarms.following import AlarmFollower
from sync.central.changes.at_gates import AppealFollower
from sync.central.flow.following import FlowFollower
from sync.central.isolation.recording import IsolationFollower
from sync.central.journals.following import Follower
from sync.central.reported.recording import ReportFollower
from sync.central.reports.recording import SaidWrong
from sync.central.rollouts.following import RolloutFollower
from sync.central.temperature.recording import TemperatureFollower
from sync.central.visits.at_gates import VisitorFollower

FOLLOWERS: tuple[Follower, ...] = (
    AccessFollower(),
    LaneRefusalFollower(),
    CorrectionFollower(),
    ReportFollower(),
    VisitorFollower(),
    AppealFollower(),
    SaidWrong(),
    AlarmFollower(),
    FlowFollower(),
    TemperatureFollower(),
    IsolationFollower(),
    RolloutFollower(),
)
