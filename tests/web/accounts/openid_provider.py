"""An OpenID provider on this machine: discovery, authorisation code with PKCE, tokens signed by RS256, userinfo.

It signs in whoever `person` says, without asking.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "segue-client", "not a real secret"


@dataclass
class OpenIdProvider:
    """Starts when made. `person` are the claims of who is signed in there; `redirect_uris` where codes may go."""

    person: dict = field(
        default_factory=lambda: {"sub": "1", "email": "dora@example.org", "email_verified": True, "name": "Dora"}
    )
    redirect_uris: set = field(default_factory=set)
    asked: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.codes, self.tokens = {}, {}
        provider = self

        class Answers(BaseHTTPRequestHandler):
            """Speaks HTTP for the provider."""

            def do_GET(self):
                provider.get(self)

            def do_POST(self):
                provider.post(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def stop(self) -> None:
        """End it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def get(self, http: BaseHTTPRequestHandler) -> None:
        """Discovery, keys, the sign-in page, and who somebody is."""
        parts = urlsplit(http.path)
        self.asked.append(parts.path)
        if parts.path == "/.well-known/openid-configuration":
            _send(http, 200, self._configuration())
        elif parts.path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            _send(http, 200, {"keys": [{**public, "kid": "1", "alg": "RS256", "use": "sig"}]})
        elif parts.path == "/authorize":
            self._authorize(http, {name: values[0] for name, values in parse_qs(parts.query).items()})
        elif parts.path == "/userinfo":
            person = self.tokens.get(http.headers.get("Authorization", "").removeprefix("Bearer "))
            _send(http, 200 if person else 401, person or {"error": "invalid_token"})
        else:
            _send(http, 404, {})

    def _configuration(self) -> dict:
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo", "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"], "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip

    def _authorize(self, http: BaseHTTPRequestHandler, asked: dict) -> None:
        back = asked.get("redirect_uri", "")
        known = asked.get("client_id") == CLIENT_ID and back in self.redirect_uris
        if not known or asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            _send(http, 400, {"error": "invalid_request"})
            return
        code = secrets.token_urlsafe(16)
        self.codes[code] = (
            back,
            asked.get("code_challenge"),
            asked.get("code_challenge_method"),
            asked.get("nonce"),
            dict(self.person),
        )
        http.send_response(302)
        http.send_header("Location", f"{back}?{urlencode({'code': code, 'state': asked['state']})}")
        http.send_header("Content-Length", "0")
        http.end_headers()

    def post(self, http: BaseHTTPRequestHandler) -> None:
        """A code for tokens, once."""
        body = http.rfile.read(int(http.headers["Content-Length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        back, challenge, method, nonce, person = self.codes.pop(given.get("code"), (None,) * 5)
        verifier = given.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        client = (given.get("client_id"), given.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if not client or back is None or back != given.get("redirect_uri") or method != "S256" or challenge != digest:
            _send(http, 400, {"error": "invalid_grant"})
            return
        access = secrets.token_urlsafe(16)
        self.tokens[access] = person
        now = int(time.time())
        claims = {**person, "iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 60} | (
            {"nonce": nonce} if nonce else {}
        )
        token = jwt.encode(claims, self.key, "RS256", {"kid": "1"})
        _send(http, 200, {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": token})


def _send(http: BaseHTTPRequestHandler, status: int, body: dict) -> None:
    data = json.dumps(body).encode()
    http.send_response(status)
    http.send_header("Content-Type", "application/json")
    http.send_header("Content-Length", str(len(data)))
    http.end_headers()
    http.wfile.write(data)
