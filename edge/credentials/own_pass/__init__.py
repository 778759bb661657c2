"""The site's own signed pass, on paper and on a phone (with a fresh proof): issued, parsed, judged. PURE."""

from edge.credentials.own_pass import dynamic_pass, own_pass
from edge.credentials.own_pass.dynamic_pass import KEY_PREFIX, holder_key_of
from edge.credentials.own_pass.own_pass import PASS_ID_BYTES, PassClaims, issue
from edge.credentials.own_pass.parser import OwnPass
from edge.credentials.own_pass.reading import MOST_CHARACTERS, verify_pass

__all__ = [
    "KEY_PREFIX",
    "MOST_CHARACTERS",
    "PASS_ID_BYTES",
    "OwnPass",
    "PassClaims",
    "dynamic_pass",
    "holder_key_of",
    "issue",
    "own_pass",
    "verify_pass",
]
