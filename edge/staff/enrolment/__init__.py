"""Enrolment at the gate, and what is asked of those who keep the registry: one at a time, whoever runs it.
Enter by `factory`.
"""
