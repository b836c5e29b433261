"""Signatures on receipts: Ed25519 over canonical JSON, so a phone can prove years later what the server took.

A signature is a detached JWS (RFC 7515 appendix F) over the RFC 8785 form of the receipt; the public key is
served as a JWK (RFC 8037) whose id is its RFC 7638 thumbprint. A key is replaced by an operator; the public keys
before it stay beside it, and published, so that their receipts are checked as ever.
"""

import base64
import binascii
import fcntl
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.evidence.canonical import canonical
from server.evidence.faults import EvidenceFault


class SigningKeyUnusable(EvidenceFault):
    """The key file is no Ed25519 key in PEM PKCS#8, others than its owner can read it, or the list of keys before it
    cannot be read."""


class ReceiptSigner:
    """Signs with one key and checks with that and those before it. Immutable, safe from many threads.

    Args:
        retired: JWKs of the keys before, the newest first, each with `retired_at`.
    """

    def __init__(self, key: Ed25519PrivateKey, retired: Sequence[Mapping[str, str]] = ()) -> None:
        self._key = key
        self._public = key.public_key()
        self._x = _base64url(self._public.public_bytes_raw())
        self.key_id = jwk_thumbprint(self._x)
        self._header = _base64url(canonical({"alg": "EdDSA", "kid": self.key_id}))
        # Whoever was stopped between naming a key retired and replacing it still signs with it.
        self._retired = tuple(dict(one) for one in retired if one["kid"] != self.key_id)

    @classmethod
    def load_or_create(cls, path: Path) -> "ReceiptSigner":
        """The key at `path`; made there, readable by its owner only, when there is none.

        Processes that start at the same moment all end with the same key. Errors: SigningKeyUnusable,
        OSError.
        """
        if not path.exists():
            _create_key(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise SigningKeyUnusable(f"{path} has mode {mode:04o}; only its owner may read it (0600)")
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except ValueError as error:
            raise SigningKeyUnusable(f"{path} holds no private key in PEM") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyUnusable(f"{path} holds no Ed25519 key")
        return cls(key, _read_retired(_retired_path(path)))

    @classmethod
    def rotate(cls, path: Path, at: datetime) -> "ReceiptSigner":
        """A new key at `path`; the one before it is kept as a public key that was retired at `at`.

        Servers go on signing with the key they started with until they start anew: that one is published as well.
        Errors: SigningKeyUnusable, OSError.
        """
        with _alone(path.parent):
            before = cls.load_or_create(path)
            moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            kept = [{**before.jwk(), "retired_at": moment}, *before._retired]
            text = json.dumps({"keys": kept}, indent=2).encode()
            _write_file(_retired_path(path), text, os.replace)
            _write_file(path, _new_pem(), os.replace)
            return cls.load_or_create(path)

    def sign(self, payload: Mapping[str, Any]) -> str:
        """Detached compact JWS `header..signature` over the payload.

        Errors: ValueError as server.evidence.canonical.
        """
        return self.sign_canonical(canonical(payload))

    def sign_canonical(self, payload: bytes) -> str:
        """The same over a payload that is in canonical form already."""
        signature = self._key.sign(_signing_input(self._header, payload))
        return f"{self._header}..{_base64url(signature)}"

    def verify(self, payload: Mapping[str, Any], signature: str) -> bool:
        """Whether this key or one before it signed exactly this payload; what is no such signature is False."""
        return any(verify_with(jwk, payload, signature) for jwk in self.jwks()["keys"])

    def jwk(self) -> dict[str, str]:
        """The public key (RFC 8037)."""
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": self._x,
            "kid": self.key_id,
            "alg": "EdDSA",
            "use": "sig",
        }

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The key set to serve: the key in use, then those before it with `retired_at`."""
        return {"keys": [self.jwk(), *(dict(one) for one in self._retired)]}


def verify_with(jwk: Mapping[str, str], payload: Mapping[str, Any], signature: str) -> bool:
    """Whether the holder of `jwk` signed exactly this payload; needs no signer, for clients and auditors."""
    header, middle, made = [*signature.split("."), "", "", ""][:3]
    # The one header a receipt can have: an attacker's choice of algorithm or key is never interpreted.
    expected = _base64url(canonical({"alg": "EdDSA", "kid": jwk_thumbprint(jwk["x"])}))
    if signature.count(".") != 2 or middle or header != expected:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(_from_base64url(jwk["x"]))
        public.verify(_from_base64url(made), _signing_input(header, canonical(payload)))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def jwk_thumbprint(x: str) -> str:
    """RFC 7638 thumbprint of the Ed25519 key whose base64url public bytes are `x`."""
    return _base64url(hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": x})).digest())


def _signing_input(header: str, payload: bytes) -> bytes:
    return header.encode() + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _base64url(data) != text:
        raise ValueError("not the one base64url form of these bytes")
    return data


def _retired_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-retired.json")


def _read_retired(path: Path) -> list[dict[str, str]]:
    try:
        keys = json.loads(path.read_bytes())["keys"]
        if any(one["kid"] != jwk_thumbprint(one["x"]) or not one["retired_at"] for one in keys):
            raise ValueError("a key has another id than its thumbprint, or no time")
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise SigningKeyUnusable(f"{path} is no list of retired keys: {error}") from error
    known: list[dict[str, str]] = keys
    return known


def _create_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_file(path, _new_pem(), _link_once)


def _link_once(draft: Path, path: Path) -> None:
    # Not a rename: of several processes the first one's key stays.
    try:
        os.link(draft, path)
    except FileExistsError:
        pass


def _new_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_file(path: Path, content: bytes, put: Callable[[Path, Path], None]) -> None:
    """Durable and whole, or not at all; readable by its owner only."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        put(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    with _folder(path.parent) as folder:
        os.fsync(folder)


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process replaces a key of this folder meanwhile."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _folder(path) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
