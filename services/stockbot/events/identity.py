"""Deterministic ids, which follow from what they are about, and digests: whether two things of one id say the same."""

from hashlib import sha256

import msgspec
from msgspec import Struct


def digest_of(struct: Struct) -> str:
    """The SHA-256 of the struct's JSON, in hex."""
    return sha256(msgspec.json.encode(struct)).hexdigest()


def id_of(kind: str, *parts: str) -> str:
    """An id of at most 128 characters that is the same for the same parts."""
    return f"{kind}-{sha256('/'.join(parts).encode()).hexdigest()[:32]}"


def decision_id_of(signal_id: str) -> str:
    """The one decision that a signal can have."""
    return id_of("decision", signal_id)
