"""What is hashed or signed is not encoded by a library that may write it otherwise tomorrow.

`encode_value` writes it (see edge/signing/cose/values.py). A module that hashes or signs, and asks a library
to encode something, says here why two versions of the library cannot disagree.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

_HASHES = re.compile(r"hashlib\.\w+|(.+\.)?sign|(.+\.)?HMAC|hmac\.\w+")
_ENCODES = re.compile(
    r"(msgspec\.)?(json|msgpack)\.encode|json(_module)?\.dumps|cbor2\.dumps|yaml\.\w+|pickle\.\w+"
)
_MAY = (re.compile(r"\b(hashlib|hmac|HMAC|sign)\b"), re.compile(r"\b(encode|dumps|yaml|pickle)\b"))
"""What is written where there is such a call."""

JUDGED = {
    "edge/backup/manifest.py": "what is signed is the hash of the bytes as they lie in the file",
    "edge/credentials/own_pass/own_pass.py": "integers, bytes, text, and arrays of them: no real number",
    "edge/credentials/trust_lists/issuer_keys.py": "RFC 7638 fixes the bytes; test_issuer_keys.py has them",
    "edge/journal/slots.py": "the hash is compared with that of the same bytes, as they are in the file",
    "edge/prompts/recording.py": "hashes sounds; the encoding is a list of them, which nobody hashes",
    "edge/runtime/withholding.py": "hashes sealed bytes as the registry has them; nobody hashes its file",
    "edge/signing/cose/multisig.py": "what COSE wraps: integers, bytes and text",
    "sync/central/changes/core/marks.py": "compared with marks of the same encoder, within a day",
    "sync/central/explain/running.py": "names an answer that is kept for an hour; another name asks again",
    "sync/central/delivery/ways/webhook.py": "the bytes that are signed are those that are posted",
    "sync/updates/publishing/repository.py": "a file of its own, signed by its bytes as they lie",
    "sync/adoption/adopting.py": "signs the bytes of a request, and sends these; encodes what is around them",
}


def calls(code: str) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)}


def is_doubtful(code: str) -> bool:
    """Whether `code` hashes or signs, and has a library encode something."""
    if not all(words.search(code) for words in _MAY):  # parsing takes long
        return False
    found = calls(code)
    return all(any(map(words.fullmatch, found)) for words in (_HASHES, _ENCODES))


def doubtful() -> set[str]:
    files = [file for top in ("edge", "sync") for file in (REPOSITORY / top).rglob("*.py")]
    return {str(file.relative_to(REPOSITORY)) for file in files if is_doubtful(file.read_text())}


def test_whoever_hashes_what_a_library_encodes_says_why_that_is_safe() -> None:
    assert doubtful() == JUDGED.keys()


@pytest.mark.parametrize(
    "code",
    [
        "hashlib.sha256(msgspec.json.encode(value))",
        "data = cbor2.dumps(value, canonical=True)\nprivate_key.sign(data)",
        "signature = sign1.sign(msgspec.msgpack.encode(value), key)",
        "self._key.sign(json.dumps(value).encode())",
    ],
)
def test_what_is_looked_for_is_found(code: str) -> None:
    assert is_doubtful(code)
    assert not is_doubtful(code.replace("sign(", "seen(").replace("hashlib.sha256", "len"))
    assert not is_doubtful(re.sub(r"[\w.]+\.(encode|dumps)\(", "encode_value(", code))


def test_the_list_names_files() -> None:
    assert all(Path(REPOSITORY / name).is_file() for name in JUDGED)
