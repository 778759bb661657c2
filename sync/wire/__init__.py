"""The contract between a gate and its centre: topics, messages, signing. PURE."""
