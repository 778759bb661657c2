"""The operations centre: subjects, what gates sent, who holds which version."""
