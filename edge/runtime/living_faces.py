"""What a gate can do to see that a face is a living one."""

from __future__ import annotations

from edge.configuration import GateConfiguration
from edge.decision import LivenessMeans
from edge.vision.liveness.factory import LivenessMeasures


def liveness_means(configuration: GateConfiguration, measures: LivenessMeasures) -> LivenessMeans:
    """What is left to a gate where its worker can take these `measures`: never nothing.

    Without the nets it asks for moves, if a screen or a voice can ask; else for the pass.
    """
    if measures.nets:
        return LivenessMeans.NETS
    return LivenessMeans.MOVES if configuration.prompts.can_ask else LivenessMeans.PASS
