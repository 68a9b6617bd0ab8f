"""Passwords as /etc/shadow holds them, in the `$6$` form that every Linux reads.

Python's own `crypt` module left the standard library with 3.13. The algorithm is the published one of Drepper's
"Unix crypt using SHA-256 and SHA-512".
"""

from __future__ import annotations

import base64
import hashlib

ROUNDS = 5000
ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def hashed(password: str, salt: str) -> str:
    """`$6$SALT$HASH`; of the salt the first 16 characters count."""
    key, seed = password.encode(), salt.encode()[:16]
    other = _digest(key + seed + key)

    text = key + seed + _repeated(other, len(key))
    bits = len(key)
    while bits:
        text += other if bits & 1 else key
        bits >>= 1
    digest = _digest(text)

    keys = _repeated(_digest(key * len(key)), len(key))
    seeds = _repeated(_digest(seed * (16 + digest[0])), len(seed))
    for turn in range(ROUNDS):
        text = keys if turn % 2 else digest
        text += seeds if turn % 3 else b""
        text += keys if turn % 7 else b""
        text += digest if turn % 2 else keys
        digest = _digest(text)
    return f"$6${seed.decode()}${_encoded(digest)}"


def salt_for(text: str) -> str:
    """A salt that depends on the text alone, so that an image is the same whoever builds it."""
    return base64.b64encode(_digest(text.encode()), b"./").decode()[:16]


def _digest(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()


def _repeated(data: bytes, length: int) -> bytes:
    return (data * (length // len(data) + 1))[:length]


def _encoded(digest: bytes) -> str:
    """The 64 bytes, three at a time in the order that the algorithm prescribes, six bits to a character."""
    text = ""
    first, second, third = 0, 21, 42
    for _ in range(21):
        text += _characters(digest[first] << 16 | digest[second] << 8 | digest[third], 4)
        first, second, third = second + 1, third + 1, first + 1
    return text + _characters(digest[63], 2)


def _characters(value: int, count: int) -> str:
    return "".join(ALPHABET[value >> 6 * place & 63] for place in range(count))
