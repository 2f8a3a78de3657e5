"""An authority of one's own, and the certificates it gives to the processes of a house."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chassis.rpc.certificates import address_of, host_of

OPERATOR = "admin"
AUTHORITY_LASTS = timedelta(days=3650)
LEAF_LASTS = timedelta(days=90)
SKEW = timedelta(hours=1)
"""Clocks of other machines may be behind by as much."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, as PEM."""

    key: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom every process of a house believes."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, now: datetime) -> "Authority":
        """A new one."""
        key = ec.generate_private_key(ec.SECP256R1())
        # The name is never the same twice, so that two authorities are not taken for one.
        subject = _called(f"Geminya authority {x509.random_serial_number():x}"[:40])
        may_sign = _usage(key_cert_sign=True, crl_sign=True)
        made = (
            _began(key, subject, subject, now, now + AUTHORITY_LASTS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(may_sign, critical=True)
        )
        return cls(key, made.sign(key, hashes.SHA256()))

    @classmethod
    def read(cls, key: bytes, certificate: bytes) -> "Authority":
        """One that was kept."""
        known = load_pem_private_key(key, password=None)
        if not isinstance(known, ec.EllipticCurvePrivateKey):
            raise ValueError("the authority's key is of another kind")
        return cls(known, x509.load_pem_x509_certificate(certificate))

    @property
    def kept(self) -> Issued:
        """As it is kept."""
        return Issued(_pem(self.key), self.certificate.public_bytes(Encoding.PEM))

    def issue(self, name: str, now: datetime, lasts: timedelta = LEAF_LASTS) -> Issued:
        """A certificate for the process of this name; the operator's calls and is never called."""
        key = ec.generate_private_key(ec.SECP256R1())
        ends = min(now + lasts, self.certificate.not_valid_after_utc)
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(address_of(name))]
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if name != OPERATOR:
            names.append(x509.DNSName(host_of(name)))
            uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
        made = (
            _began(key, _called(name), self.certificate.subject, now, ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        signed = made.sign(self.key, hashes.SHA256())
        return Issued(_pem(key), signed.public_bytes(Encoding.PEM))

    def has_issued(self, certificate: x509.Certificate) -> bool:
        """Whether a certificate is from here."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except Exception:  # the library has a kind of error for each way in which it is not
            return False
        return True


def now() -> datetime:
    """The time that certificates begin and end by."""
    return datetime.now(UTC)


def _began(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(begins, ends) - SKEW)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
