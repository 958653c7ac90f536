"""Serves a function the sign-ins that deploy.toml makes promises about, as Lambda's Runtime API would.

usage: runtime_api.py DEPLOY_TOML DIRECTORY COMMAND...

DIRECTORY is the unpacked package, COMMAND starts its `bootstrap`. Every `[[expect]]` becomes a sign-in
and a refresh; then come events that nobody promised anything about. Fails when an event is not
answered, or an answer breaks a promise.
"""

import json
import queue
import subprocess
import sys
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INVOCATIONS = "/2018-06-01/runtime/invocation"
SIGN_IN_SCOPE = "aws.cognito.signin.user.admin"
PATIENCE_S = 60


class RuntimeApi(ThreadingHTTPServer):
    """One event at a time: `events` are taken by the function, `answers` are (path, body)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Call)
        self.events = queue.Queue()
        self.answers = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """The function is ended while it waits for the next event: nobody is left to hear of it."""

    def ask(self, event, function):
        self.events.put(json.dumps(event).encode())
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                return self.answers.get(timeout=0.1)
            except queue.Empty:
                if function.poll() is not None:
                    sys.exit(f"arm64: the function ended with {function.returncode}")
        sys.exit(f"arm64: no answer within {PATIENCE_S} s")


class Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    number = 0

    def do_GET(self):
        if self.path != f"{INVOCATIONS}/next":
            return self.reply(404, b"{}")
        event = self.server.events.get()
        Call.number += 1
        self.reply(
            200,
            event,
            {
                "Lambda-Runtime-Aws-Request-Id": f"request-{Call.number}",
                "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 5000),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:arm64",
            },
        )

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.reply(202, b'{"status":"OK"}')
        self.server.answers.put((self.path, json.loads(body)))

    def reply(self, status, body, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ids(config):
    """An id for each pool and client, and what the function is told about them."""
    pools = {f"eu-west-1_{key}": key for key in config["pools"]}
    clients = {
        f"id-{pool}-{client}": f"{pool}/{client}"
        for pool, declared in config["pools"].items()
        for client in declared.get("clients", {})
    }
    return {"pools": pools, "clients": clients}


def event(known, expect, source):
    pool = expect.get("pool", "")
    client_id, pair = next(
        (id, pair)
        for id, pair in known["clients"].items()
        if pair.endswith(f"/{expect['client']}") and pair.startswith(pool)
    )
    return {
        "version": "2",
        "triggerSource": source,
        "region": "eu-west-1",
        "userPoolId": f"eu-west-1_{pair.split('/')[0]}",
        "userName": "somebody",
        "callerContext": {"awsSdkVersion": "none", "clientId": client_id},
        "request": {
            "userAttributes": expect.get("attributes", {}),
            "groupConfiguration": {
                "groupsToOverride": expect.get("groups", []),
                "iamRolesToOverride": [],
                "preferredRole": None,
            },
            "clientMetadata": expect.get("client_metadata"),
            "scopes": [SIGN_IN_SCOPE],
        },
        "response": {"claimsAndScopeOverrideDetails": None},
    }


def broken(expect, answer):
    """What of a promise the answer does not keep."""
    details = answer["response"].get("claimsAndScopeOverrideDetails") or {}
    access = details.get("accessTokenGeneration") or {}
    scopes = {SIGN_IN_SCOPE, *(access.get("scopesToAdd") or [])}
    scopes -= set(access.get("scopesToSuppress") or [])
    claims = access.get("claimsToAddOrOverride") or {}
    missing = set(expect.get("scopes", [])) - scopes
    unexpected = set(expect.get("not_scopes", [])) & scopes
    wrong = {k: v for k, v in expect.get("access_claims", {}).items() if claims.get(k) != v}
    return [f"{what}: {found}" for what, found in
            [("missing", missing), ("unexpected", unexpected), ("claims not there", wrong)] if found]


def conversation(config, known):
    """The events, each with the promise about its answer; `None` where it must come back as it went."""
    for expect in config["expect"]:
        for source in ["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens"]:
            if expect.get("source", source) == source:
                yield expect["name"], event(known, expect, source), expect
    strange = event(known, config["expect"][0], "TokenGeneration_NobodyKnowsYet")
    strange["callerContext"]["clientId"] = "nobody"
    strange["request"]["groupConfiguration"] = None
    strange["request"]["userAttributes"] = None
    strange["later"] = {"than": ["this", 1e3, None]}
    yield "an unknown client, with nulls", strange, None


def main(deploy_toml, directory, *command):
    with open(deploy_toml, "rb") as file:
        config = tomllib.load(file)
    known = ids(config)
    api = RuntimeApi()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "arm64",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "LAMBDA_TASK_ROOT": directory,
        "PRETOKEN_IDS": json.dumps(known),
        "PATH": "/usr/bin:/bin",
    }
    passed, failed, scopes = 0, 0, set()
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as function:
        try:
            for name, sent, expect in conversation(config, known):
                path, answer = api.ask(sent, function)
                if not path.endswith("/response"):
                    problems = [f"an error: {answer}"]
                elif expect is None:
                    problems = [] if answer == sent else [f"it was changed: {answer}"]
                else:
                    problems = broken(expect, answer)
                    scopes.update(expect.get("scopes", []))
                passed, failed = passed + (not problems), failed + bool(problems)
                print(f"arm64: {name} ({sent['triggerSource']}): {'; '.join(problems) or 'ok'}")
        finally:
            function.kill()
    if not scopes:
        sys.exit("arm64: deploy.toml promises no scope, so nothing was proven")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main(*sys.argv[1:])
