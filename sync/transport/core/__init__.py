"""The protocol of one link, its timeouts, the pauses between links, the causes of its end, and what RabbitMQ
holds. PURE.
"""

from sync.transport.core.causes import (
    Cause,
    Named,
    cause_of_certificate,
    cause_of_tls,
    named,
    named_amqp,
    named_code,
)
from sync.transport.core.link import Ended, Ending, InboundMessage, Link, LinkState, LinkTimeouts, Rejected
from sync.transport.core.pacing import LONGEST_AFTER_TAKEOVER, Pauses, pause_before
from sync.transport.core.routing import (
    CENTRES,
    DEAD,
    EXCHANGE,
    JOURNALS,
    PREFIX,
    is_shared,
    key_of,
    liking,
    mended_topic,
    queues_for,
    topic_of,
)
from sync.transport.core.topology import (
    BROKER_ADMINISTRATOR,
    CENTRAL,
    VHOST,
    Change,
    administrator_item,
    changes_between,
    let_in,
    of_device,
    topology_of,
)

__all__ = [
    "BROKER_ADMINISTRATOR",
    "CENTRAL",
    "CENTRES",
    "DEAD",
    "EXCHANGE",
    "JOURNALS",
    "LONGEST_AFTER_TAKEOVER",
    "PREFIX",
    "VHOST",
    "Cause",
    "Change",
    "Ended",
    "Ending",
    "InboundMessage",
    "Link",
    "LinkState",
    "LinkTimeouts",
    "Named",
    "Pauses",
    "Rejected",
    "administrator_item",
    "cause_of_certificate",
    "cause_of_tls",
    "changes_between",
    "is_shared",
    "key_of",
    "let_in",
    "liking",
    "mended_topic",
    "named",
    "named_amqp",
    "named_code",
    "of_device",
    "pause_before",
    "queues_for",
    "topic_of",
    "topology_of",
]
