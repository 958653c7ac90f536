"""Lets the owner's requests through to MiniStack, and refuses everybody else's before MiniStack sees them.

MiniStack runs scripts as its owner, and of many requests it checks neither signature nor sender. Other users of the
machine reach its port, and so do web pages that the owner visits. So a request needs a `Host` that is really ours, no
`Origin` but one that the owner allows, and a signature by the emulator's random key or by a key that this MiniStack itself has issued. What clients
of Cognito cannot sign (sign-in, the pool's public keys, tokens) is listed here and stripped to what it needs.
"""

import hashlib
import hmac
import json
import re
from urllib.parse import parse_qs

from ministack.core import iam_evaluator, lambda_runtime, responses, sigv4

HEALTH = "/_ministack/health"
WELL_KNOWN = re.compile(r"/[a-z0-9-]+_[A-Za-z0-9]+/\.well-known/(jwks\.json|openid-configuration)")
OAUTH = {
    ("POST", "/oauth2/token"), ("POST", "/oauth2/revoke"), ("GET", "/oauth2/userInfo"), ("POST", "/oauth2/userInfo"),
}
COGNITO = "AWSCognitoIdentityProviderService."
# The operations that AWS's model marks as unsigned. They act for a user or an app client, never for the account.
PUBLIC_OPERATIONS = frozenset("""
    AssociateSoftwareToken ChangePassword CompleteWebAuthnRegistration ConfirmDevice ConfirmForgotPassword ConfirmSignUp
    DeleteUser DeleteUserAttributes DeleteWebAuthnCredential ForgetDevice ForgotPassword GetDevice
    GetTokensFromRefreshToken GetUser GetUserAttributeVerificationCode GetUserAuthFactors GlobalSignOut InitiateAuth
    ListDevices ListWebAuthnCredentials ResendConfirmationCode RespondToAuthChallenge RevokeToken SetUserMFAPreference
    SetUserSettings SignUp StartWebAuthnRegistration UpdateAuthEventFeedback UpdateDeviceStatus UpdateUserAttributes
    VerifySoftwareToken VerifyUserAttribute
""".split())
# Other headers of an unsigned request could lead MiniStack to another service or account.
UNSIGNED_HEADERS = {b"host", b"content-type", b"content-length", b"accept", b"user-agent"}
ONCE = (b"host", b"origin", b"authorization", b"x-amz-target", b"x-amz-security-token", b"x-amz-content-sha256")


class Refused(Exception):
    """Why a request does not reach MiniStack: AWS's error code, and a sentence."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Guard:
    """The ASGI application before MiniStack's."""

    def __init__(self, app, port, access_key_id, secret, origins=()):
        self.app = app
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        self.origins = frozenset(origins)
        self.access_key_id = access_key_id
        self.secret = secret

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        origin = next((value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"origin"), None)
        send = sharing(send, origin if origin in self.origins else None)
        try:
            headers = headers_of(scope)
            self.check_sender(headers)
            if scope["method"] == "OPTIONS" and origin and "access-control-request-method" in headers:
                return await preflight(send, headers)
            scope, receive = await self.admit(scope, headers, receive)
        except Refused as refusal:
            return await answer(send, refusal)
        await self.app(scope, receive, send)

    async def admit(self, scope, headers, receive):
        authorization = headers.get("authorization", "")
        if authorization.startswith("AWS4-HMAC-SHA256 "):
            return scope, await self.verified(scope, headers, receive)
        if self.is_owner(authorization):
            return scope, receive
        return unsigned(scope, headers), receive

    def check_sender(self, headers):
        """A page whose name was rebound to 127.0.0.1 sends its own `Host`; any other page sends its `Origin`."""
        if headers.get("host") not in self.hosts:
            raise Refused("AccessDeniedException", "the local emulator answers to 127.0.0.1 and localhost alone")
        if "origin" in headers and headers["origin"] not in self.origins:
            raise Refused("AccessDeniedException", "the local emulator takes no requests from web pages but those of"
                          " origins that `local serve --allow-origin` names")

    def is_owner(self, authorization):
        """Whether whoever started the emulator asks: it knows the secret, and need not sign."""
        return hmac.compare_digest(authorization.encode(), f"Bearer {self.secret}".encode())

    async def verified(self, scope, headers, receive):
        signature = sigv4.parse_header_signature(headers)
        if isinstance(signature, tuple):
            raise Refused(*signature)
        secret = self.secret_of(signature.access_key_id, headers.get("x-amz-security-token", ""))
        body = await whole_body(receive)
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        path = scope["raw_path"].decode("latin-1")
        failure = sigv4.request_time_failure(signature) or sigv4.header_signature_failure(
            signature, secret, scope["method"], path, query, headers, body)
        if failure:
            raise Refused(*failure)
        return replayed(body, receive)

    def secret_of(self, access_key_id, session_token):
        if access_key_id == self.access_key_id:
            return self.secret
        credential = None
        # MiniStack takes account numbers and the key `test` for its own; they are well known.
        if not iam_evaluator.is_root_access_key(access_key_id):
            credential = issued(access_key_id, session_token)
        if not isinstance(credential, iam_evaluator.ResolvedCredential):
            raise Refused("UnrecognizedClientException",
                          "not a key of this local emulator; `pretoken local env` prints its owner's")
        return credential.secret_access_key


def issued(access_key_id, session_token):
    """The credential of an access key of a user, or of a session, that MiniStack made."""
    try:
        account = responses._account_from_sts_session(access_key_id)
        account = account or iam_evaluator.find_iam_access_key_account(access_key_id)
        return iam_evaluator.resolve_credential(access_key_id, account, session_token)
    except iam_evaluator.AmbiguousAccessKeyError:
        return None


def headers_of(scope):
    names = [name.lower() for name, _ in scope["headers"]]
    if any(names.count(name) > 1 for name in ONCE):
        raise Refused("AccessDeniedException", "a header that may be there once is there twice")
    return {name.decode("latin-1").lower(): sigv4.decode_header_value(value) for name, value in scope["headers"]}


def unsigned(scope, headers):
    """The request with nothing but what its public operation needs."""
    method, path, query = scope["method"], scope["path"], scope["query_string"]
    kept = set(UNSIGNED_HEADERS)
    target = headers.get("x-amz-target", "")
    if method == "POST" and path == "/" and target.removeprefix(COGNITO) in PUBLIC_OPERATIONS \
            and target.startswith(COGNITO):
        kept.add(b"x-amz-target")
    elif (method, path) in OAUTH:
        kept.add(b"authorization")
    elif method != "GET" or not (path == HEALTH or WELL_KNOWN.fullmatch(path)):
        raise Refused("MissingAuthenticationTokenException",
                      "the local emulator takes signed requests of its owner; `pretoken local env` prints the key")
    if query or scope["raw_path"] != path.encode():
        raise Refused("AccessDeniedException", "an unsigned request has no query and no escapes in its path")
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() in kept]}


async def whole_body(receive):
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused("IncompleteBody", "the request ended early")
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def replayed(body, receive):
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again():
        return messages.pop() if messages else await receive()

    return again


def sharing(send, origin):
    """What is sent may be read by pages of this origin, or by none, whatever MiniStack says."""

    async def shared(message):
        if message["type"] == "http.response.start":
            headers = [(name, value) for name, value in message.get("headers", ())
                       if not name.lower().startswith(b"access-control-")]
            if origin:
                headers += [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin"),
                            (b"access-control-expose-headers", b"x-amzn-requestid,x-amzn-errortype,date")]
                headers += message.get("preflight", ())
            message = {"type": message["type"], "status": message["status"], "headers": headers}
        await send(message)

    return shared


async def preflight(send, headers):
    """The question that a browser asks first (Fetch Standard, 4.8); `sharing` says whom the answer is for."""
    asked = headers.get("access-control-request-headers", "")
    names = [name.strip() for name in asked.split(",") if re.fullmatch(r"[A-Za-z0-9-]+", name.strip())]
    allowed = [(b"access-control-allow-methods", b"GET,POST"), (b"access-control-max-age", b"600"),
               (b"access-control-allow-headers", ",".join(names).encode())]
    await send({"type": "http.response.start", "status": 204, "headers": [], "preflight": allowed})
    await send({"type": "http.response.body", "body": b""})


async def answer(send, refusal):
    body = json.dumps({"__type": refusal.code, "message": str(refusal)}).encode()
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"x-amzn-errortype", refusal.code.encode()),
               (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def keep_function_keys_secret(secret):
    """MiniStack derives the credentials of functions from their ARNs, which can be guessed; these need our secret too.

    To be called before MiniStack's app is imported, whose modules copy the reference.
    """
    guessable = lambda_runtime.execution_credentials

    def execution_credentials(config):
        from ministack.services import sts

        credentials = guessable(config)
        session = sts._sessions[credentials["AWS_ACCESS_KEY_ID"]]
        for variable, member in (("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"), ("AWS_SESSION_TOKEN", "SessionToken")):
            keyed = hmac.new(secret.encode(), credentials[variable].encode(), hashlib.sha256).hexdigest()
            credentials[variable] = session[member] = keyed
        return credentials

    lambda_runtime.execution_credentials = execution_credentials
