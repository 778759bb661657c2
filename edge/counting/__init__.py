"""Counting at one gate: the ledger of edge.barrier, kept, restored, and shared with the other gates."""
