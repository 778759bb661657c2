"""Counting at one gate: the ledger of edge.lane.machine, kept, restored, and shared with the other gates."""
