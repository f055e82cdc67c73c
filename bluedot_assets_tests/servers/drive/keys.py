"""RSA for the token endpoint: make a key pair, write it as PEM, verify an RS256 signature.

Here, because the server keeps to the standard library. For tests on loopback only, never for secrets.
"""

import base64
import functools
import hashlib
import math
import secrets
from dataclasses import dataclass

_EXPONENT = 65537
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo, RFC 8017 section 9.2
_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption with NULL parameters
_SMALL_PRIMES = tuple(n for n in range(3, 2000, 2) if all(n % d for d in range(3, math.isqrt(n) + 1, 2)))


def _is_prime(candidate: int) -> bool:
    """Trial division, then eight rounds of Miller-Rabin."""
    if any(candidate % prime == 0 for prime in _SMALL_PRIMES):
        return False
    twos = ((candidate - 1) & -(candidate - 1)).bit_length() - 1
    odd = (candidate - 1) >> twos
    for _ in range(8):
        x = pow(secrets.randbelow(candidate - 3) + 2, odd, candidate)
        if x in {1, candidate - 1}:
            continue
        for _ in range(twos - 1):
            x = x * x % candidate
            if x == candidate - 1:
                break
        else:
            return False
    return True


def _random_prime(bits: int) -> int:
    while True:
        candidate = secrets.randbits(bits) | (0b11 << (bits - 2)) | 1
        if candidate % _EXPONENT != 1 and _is_prime(candidate):
            return candidate


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _der_integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


@dataclass(frozen=True, slots=True)
class RsaKey:
    """A key pair: modulus n = p * q, public exponent 65537, private exponent d."""

    p: int
    q: int

    @property
    def n(self) -> int:
        """The modulus."""
        return self.p * self.q

    @property
    def d(self) -> int:
        """The private exponent."""
        return pow(_EXPONENT, -1, math.lcm(self.p - 1, self.q - 1))

    def pem(self) -> str:
        """The private key as PKCS#8, the form in a service account's JSON."""
        p, q, d = self.p, self.q, self.d
        numbers = (0, p * q, _EXPONENT, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
        private_key = _der(0x30, b"".join(map(_der_integer, numbers)))
        der = _der(0x30, _der_integer(0) + _RSA_ALGORITHM + _der(0x04, private_key))
        text = base64.b64encode(der).decode()
        lines = [text[at : at + 64] for at in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's RS256 (PKCS#1 v1.5, SHA-256) signature of `message`."""
        size = (self.n.bit_length() + 7) // 8
        if len(signature) != size:
            return False
        found = pow(int.from_bytes(signature, "big"), _EXPONENT, self.n).to_bytes(size, "big")
        digest = _SHA256_PREFIX + hashlib.sha256(message).digest()
        return found == b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest


def generate_key(bits: int = 2048) -> RsaKey:
    """A new key pair; about half a second for 2048 bits."""
    return RsaKey(_random_prime(bits // 2), _random_prime(bits // 2))


@functools.cache
def process_key() -> RsaKey:
    """The key pair of every server in this process: made once, for making it takes half a second."""
    return generate_key()
