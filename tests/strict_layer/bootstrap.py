#!/usr/bin/env python3
"""A trigger whose behaviour is the variable MODE."""

import json
import os
import pathlib
import time
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"


def post(request, kind, body):
    urllib.request.urlopen(urllib.request.Request(f"{API}{request}/{kind}", data=body, method="POST"))


while True:
    invocation = urllib.request.urlopen(f"{API}next")
    request = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.load(invocation)
    mode = os.environ["MODE"]
    if mode == "error":
        post(request, "error", json.dumps({"errorType": "Error", "errorMessage": "no tokens today"}).encode())
        continue
    if mode.startswith("held:"):
        held = pathlib.Path(mode.removeprefix("held:"))
        (held / "asked").touch()
        while not (held / "go").exists():
            time.sleep(0.01)
    event["response"] = {
        "claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"scopesToAdd": ["orders/read"]}}
    }
    if mode == "shape":
        event["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["scopesToAdd"] = "orders/read"
    answers = {"null": b"null", "text": b'"nonsense"', "empty": b"{}"}
    post(request, "response", answers.get(mode) or json.dumps(event).encode())
