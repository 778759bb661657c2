"""What a person is asked before a template of their face is made: the text in each version, and the answer.
PURE.
"""

from edge.consent.wording import WORDING, Consent, ConsentAnswer, is_wording, points_for, wording_for

__all__ = ["WORDING", "Consent", "ConsentAnswer", "is_wording", "points_for", "wording_for"]
