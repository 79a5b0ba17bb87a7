"""Letters leave by TLS, or not at all unless the server is here."""

import datetime
import smtplib
import socket
import ssl

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.mail import EmailMessage

from segue.web.accounts.mail import SmtpBackend
from tests.web.accounts.conftest import Letters
from tests.web.accounts.mail_server import MailServer

pytestmark = pytest.mark.one_database

LETTER = EmailMessage("Hello", "Welcome.", "segue@example.org", ["anna@example.org"])


@pytest.fixture
def certificate(tmp_path):
    """A server's TLS, by a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (tmp_path / "certificate").write_bytes(made.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    return context


@pytest.fixture
def serve():
    """Starts mail servers; gives what they received, and who signed in."""
    running = []

    def start(host="127.0.0.1", tls=None):
        letters, signed_in = Letters(), []

        def check(server, session, envelope, mechanism, data):
            signed_in.append((data.login, data.password, session.ssl is not None))
            return AuthResult(success=True)

        running.append(MailServer(letters.received, host, tls, check))
        return running[-1].port, letters, signed_in

    yield start
    for server in running:
        server.stop()


def _send(host, port):
    backend = SmtpBackend(
        host=host, port=port, username="segue", password="secret", use_tls=False, use_ssl=False, timeout=5
    )
    return backend.send_messages([LETTER])


def _own_address() -> str | None:
    """This machine's address in its network, if it has one; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def test_a_server_that_can_is_spoken_to_by_tls(serve, certificate):
    port, letters, signed_in = serve(tls=certificate)
    assert _send("127.0.0.1", port) == 1
    assert signed_in == [(b"segue", b"secret", True)]
    assert letters.text.strip() == "Welcome."


def test_a_server_on_this_machine_may_do_without(serve):
    port, letters, signed_in = serve()
    assert _send("127.0.0.1", port) == 1
    assert signed_in == [(b"segue", b"secret", False)]
    assert len(letters) == 1


def test_a_server_elsewhere_may_not(serve, caplog):
    address = _own_address()
    if address is None or address.startswith("127."):
        pytest.skip("this machine has no network: give it one to test letters that leave it")
    port, letters, signed_in = serve(host="0.0.0.0")
    with pytest.raises(smtplib.SMTPException, match="offers no TLS"):
        _send(address, port)
    assert not letters
    assert not signed_in
    assert "offers no TLS" in caplog.text
    assert "secret" not in caplog.text


def test_a_server_elsewhere_must_prove_who_it_is(serve, certificate):
    address = _own_address()
    if address is None or address.startswith("127."):
        pytest.skip("this machine has no network: give it one to test letters that leave it")
    port, letters, signed_in = serve(host="0.0.0.0", tls=certificate)
    with pytest.raises(ssl.SSLCertVerificationError):
        _send(address, port)
    assert not letters
    assert not signed_in
