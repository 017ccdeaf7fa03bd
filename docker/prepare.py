"""First job of the larger stacks: passwords, keys and certificates, each made once, in a folder (a volume) for those who may read it.

python prepare.py [FOLDER]        # default /run/kentongan

| folder          | read by                    | holds                                                                            |
|-----------------|----------------------------|----------------------------------------------------------------------------------|
| `ca`            | this job only              | the key of the certificate authority                                              |
| `elasticsearch` | Elasticsearch, `set_up`    | its certificate, the password of `elastic`                                        |
| `kibana`        | Kibana, `set_up`           | its certificate, the password of `kibana_system`, its encryption key               |
| `postgres`      | PostgreSQL                 | the password of its one user                                                      |
| `redis`         | Redis                      | its settings, with the password                                                   |
| `secrets`       | Kentongan and Airflow      | variables, a file each (entrypoint.sh exports them); the authority's certificate   |

Safe to repeat: nothing is made twice, but certificates that end within a month are made anew. Nothing secret is printed.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS, SERVER_DAYS, RENEW_DAYS = 3650, 825, 31
SERVERS = {"elasticsearch": ("elasticsearch", "elasticsearch-2", "elasticsearch-3"), "kibana": ("kibana",)}
POSTGRES, REDIS = "postgres", "redis"  # their names on the stack's network


def write(path: Path, content: str | bytes, mode: int = 0o400) -> None:
    """Whole or not at all; readable by the one user that all of our containers run as."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    draft.replace(path)
    print(f"prepare: {path.parent.name}/{path.name}")


def once(path: Path, content: str) -> str:
    """The file's content, which is `content` only if there was none."""
    if not path.exists():
        write(path, content)
    return path.read_text(encoding="utf-8")


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _valid(path: Path) -> bool:
    if not path.exists():
        return False
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc > datetime.now(UTC) + timedelta(days=RENEW_DAYS)


def _builder(name: str, key: ec.EllipticCurvePrivateKey, days: int, issuer: x509.Name | None = None) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def authority(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The stack's own certificate authority."""
    key_path, path = folder / "ca.key", folder / "ca.crt"
    if not (key_path.exists() and _valid(path)):
        key = ec.generate_private_key(ec.SECP256R1())
        built = _builder("Kentongan CA", key, AUTHORITY_DAYS)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        built = built.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        write(key_path, _pem(key))
        write(path, built.add_extension(usage, critical=True).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o444)
    loaded = serialization.load_pem_private_key(key_path.read_bytes(), None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise SystemExit(f"prepare: {key_path} is no key of ours; move it away to have a new authority made")
    return loaded, x509.load_pem_x509_certificate(path.read_bytes())


def certificate(folder: Path, names: tuple[str, ...], ca_key: ec.EllipticCurvePrivateKey, ca: x509.Certificate) -> None:
    """tls.crt and tls.key for a server that is called by these names, signed by the authority; ca.crt beside them."""
    own = folder / "tls.crt"
    signed_by_ours = own.exists() and x509.load_pem_x509_certificate(own.read_bytes()).issuer == ca.subject
    if (folder / "ca.crt").exists() and (folder / "ca.crt").read_bytes() != ca.public_bytes(serialization.Encoding.PEM):
        signed_by_ours = False
    if signed_by_ours and _valid(own) and (folder / "tls.key").exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    called = [x509.DNSName(name) for name in (*names, "localhost")]
    built = _builder(names[0], key, SERVER_DAYS, ca.subject)
    built = built.add_extension(x509.SubjectAlternativeName([*called, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    built = built.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])  # nodes speak to nodes with it, too
    write(folder / "tls.key", _pem(key))
    write(own, built.add_extension(uses, critical=False).sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o444)
    write(folder / "ca.crt", ca.public_bytes(serialization.Encoding.PEM), 0o444)


def main(folder: str = "/run/kentongan") -> int:
    """Exit code 0; a folder that is missing or closed is an OSError with its name."""
    root = Path(folder)
    ca_key, ca = authority(root / "ca")
    for server, names in SERVERS.items():
        certificate(root / server, names, ca_key, ca)
    once(root / "elasticsearch" / "password", secrets.token_urlsafe(24))
    once(root / "kibana" / "password", secrets.token_urlsafe(24))
    once(root / "kibana" / "encryption_key", secrets.token_hex(32))
    state = once(root / "postgres" / "password", secrets.token_urlsafe(24))
    queue = once(root / "redis" / "password", secrets.token_urlsafe(24))
    once(root / "redis" / "redis.conf", f'requirepass "{queue}"\nsave ""\nappendonly no\nbind 0.0.0.0\nprotected-mode yes\n')

    variables = root / "secrets"
    database = f"://kentongan:{state}@{POSTGRES}:5432"
    once(variables / "KENTONGAN_STATE_URL", f"postgresql+psycopg{database}/kentongan")
    once(variables / "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"postgresql+psycopg2{database}/airflow")
    once(variables / "AIRFLOW__CELERY__RESULT_BACKEND", f"db+postgresql+psycopg2{database}/airflow")
    once(variables / "AIRFLOW__CELERY__BROKER_URL", f"redis://:{queue}@{REDIS}:6379/0")
    once(variables / "AIRFLOW__CORE__FERNET_KEY", Fernet.generate_key().decode())
    once(variables / "AIRFLOW__API_AUTH__JWT_SECRET", secrets.token_urlsafe(48))
    once(variables / "AIRFLOW__API__SECRET_KEY", secrets.token_urlsafe(48))
    # What the public web is trusted by, and our own servers: collecting needs both.
    known = Path(ssl.get_default_verify_paths().openssl_cafile)
    named = Path(os.environ.get("KENTONGAN_PUBLIC_CA") or "/etc/ssl/certs/ca-certificates.crt")
    public = next((path.read_bytes() for path in (named, known) if path.is_file()), b"")
    write(variables / "ca-bundle.crt", public + b"\n" + ca.public_bytes(serialization.Encoding.PEM), 0o444)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
