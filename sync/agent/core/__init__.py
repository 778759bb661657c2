"""What of the journal waits, what is in flight and where to go on, which chunks are asked for, when to say
hello, and how messages are stamped. PURE.
"""

from sync.agent.core.acknowledged_epochs import AcknowledgedEpochs
from sync.agent.core.epoch_questions import EpochQuestions
from sync.agent.core.gathering import Gathering
from sync.agent.core.link_stamps import LinkStamps
from sync.agent.core.outbox import Outbox
from sync.agent.core.outstanding_chunks import FetchPace, OutstandingChunks
from sync.agent.core.question_schedule import QuestionSchedule
from sync.agent.core.told_times import ToldTimes

__all__ = [
    "AcknowledgedEpochs",
    "EpochQuestions",
    "FetchPace",
    "Gathering",
    "LinkStamps",
    "Outbox",
    "OutstandingChunks",
    "QuestionSchedule",
    "ToldTimes",
]
