"""Operations of Cognito that MiniStack 1.5.33 lacks and a `deploy.toml` or its clients need; answered before MiniStack's.

Requests are held against AWS's own model (botocore brings it along), answers have its members, errors are those that the
model names. What is kept is kept in MiniStack's pool, so that it is reset, saved and deleted with it. Above each operation
stands what to ask MiniStack's authors for; what they add can go here.
"""

import ast
import base64
import functools
import gzip
import hashlib
import hmac
import json
import pathlib
import re
import secrets
import threading
import time

import botocore
from ministack.core import lambda_runtime
from ministack.core.concurrency import run_reentrant
from ministack.core.responses import error_response_json, json_response, new_uuid
from ministack.services import cognito

OPERATIONS = {}


class Refused(Exception):
    """AWS's error code, and a sentence."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def operation(function):
    """`update_group` answers `UpdateGroup`."""
    OPERATIONS["".join(word.capitalize() for word in function.__name__.split("_"))] = function
    return function


def install():
    """Puts these before MiniStack's own dispatch."""
    cognito._UNSIGNED_IDP_ACTIONS.add("DeleteUserAttributes")
    theirs, check_hash = cognito._dispatch_idp, cognito._validate_client_secret_hash

    async def dispatch(action, data):
        if action not in OPERATIONS:
            try:
                return await theirs(action, data)
            except Refused as refusal:
                return error_response_json(refusal.code, str(refusal), 400)
        handler = functools.partial(answer, action)
        return await run_reentrant(cognito._run_idp_handler, handler, action, data, thread_name="additions")

    cognito._dispatch_idp = dispatch
    cognito._apply_pretoken_trigger = told_as_aws_does(cognito._apply_pretoken_trigger)
    cognito._validate_client_secret_hash = lambda action, data: check_hash(action, with_first_secret(action, data))
    cognito._generate_temp_password = longer_than_any_policy(cognito._generate_temp_password)
    lambda_runtime.kill_workers = after_their_answer(lambda_runtime.kill_workers)


def told_as_aws_does(apply):
    """An error of the trigger is a refusal of the sign-in with the trigger's text.

    To ask for: MiniStack raises it, and answers `InternalError` with status 500, which SDKs send again. AWS answers 400 and
    `UserLambdaValidationException` ("Lambda trigger errors", Cognito Developer Guide).
    """

    def applied(pool_id, *args, **kwargs):
        try:
            return apply(pool_id, *args, **kwargs)
        except RuntimeError as error:
            _, is_the_triggers, body = str(error).partition("PreTokenGeneration error: ")
            if not is_the_triggers:
                raise
            trigger = "PreTokenGeneration" + version_of(pool_id)
            raise Refused("UserLambdaValidationException", f"{trigger} failed with error {text_of(body)}.") from error

    return applied


def longer_than_any_policy(generate):
    """A temporary password that Cognito makes is one that the pool takes.

    To ask for: MiniStack's have twelve characters, so that `AdminCreateUser` without one fails in a pool that asks for more;
    `MinimumLength` is at most 99 (`PasswordPolicyType`).
    """
    return lambda: generate() + secrets.token_hex(48)


def after_their_answer(kill):
    """An environment that runs an invocation ends once that is answered, or at the function's own time limit.

    To ask for: MiniStack ends it when its function or version is deleted, and a sign-in that waits for it fails. Lambda's
    environments are shut down between invocations ("Shutdown phase", Lambda Developer Guide, lambda-runtime-environment).
    """

    def kill_when_free(worker):
        deadline = time.monotonic() + lambda_runtime._PROVIDED_INIT_TIMEOUT + worker.config.get("Timeout", 3)
        while worker.in_use and time.monotonic() < deadline:
            time.sleep(0.02)
        kill([worker])

    def kill_the_free_ones(workers):
        busy = [worker for worker in workers if worker is not None and worker.in_use]
        for worker in busy:
            threading.Thread(target=kill_when_free, args=[worker], daemon=True).start()
        kill([worker for worker in workers if worker not in busy])

    return kill_the_free_ones


def version_of(pool_id):
    """Of the trigger's event, as it stands behind the trigger's name; nothing for the first (aws-lambda-rust-runtime #1129)."""
    settings = cognito._user_pools[pool_id].get("LambdaConfig") or {}
    return (settings.get("PreTokenGenerationConfig") or {}).get("LambdaVersion", "")


def text_of(body):
    """What the function says of its error: a dictionary as Python shows it, or whatever it is."""
    try:
        told = ast.literal_eval(body)
    except (SyntaxError, ValueError):
        return body
    return told.get("errorMessage", body) if isinstance(told, dict) else body


def answer(action, data):
    try:
        check(data, model()["operations"][action]["input"]["shape"], "")
        return json_response(OPERATIONS[action](data))
    except Refused as refusal:
        return error_response_json(refusal.code, str(refusal), 400)


# AWS's model


@functools.cache
def model():
    path = pathlib.Path(botocore.__file__).parent / "data/cognito-idp/2016-04-18/service-2.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))


def check(value, shape_name, at):
    """Refuses what AWS's front door refuses; `at` is the path that its message names."""
    shape = model()["shapes"][shape_name]
    if shape["type"] == "structure":
        for member in shape.get("required", ()):
            if member not in value:
                fails("null", joined(at, member), "Member must not be null")
        for member, inner in shape["members"].items():
            if value.get(member) is not None:
                check(value[member], inner["shape"], joined(at, member))
    elif shape["type"] == "list":
        measure(len(value), shape, value, at, "length")
        for index, item in enumerate(value, 1):
            check(item, shape["member"]["shape"], f"{at}.{index}.member")
    elif shape["type"] == "string":
        measure(len(value), shape, value, at, "length")
        if value not in shape.get("enum", [value]):
            fails(value, at, f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]")
        pattern = shape.get("pattern")
        # Python has no classes of Unicode; those that AWS writes leave out blanks and control characters.
        pattern = pattern and pattern.replace(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]", r"[^\s\x00-\x1f\x7f]")
        if pattern and "\\p" not in pattern and not re.fullmatch(pattern, value):
            fails(value, at, f"Member must satisfy regular expression pattern: {shape['pattern']}")
    elif shape["type"] in ("integer", "long"):
        measure(value, shape, value, at, "value")


def measure(size, shape, value, at, what):
    if size < shape.get("min", size):
        fails(value, at, f"Member must have {what} greater than or equal to {shape['min']}")
    if size > shape.get("max", size):
        fails(value, at, f"Member must have {what} less than or equal to {shape['max']}")


def joined(at, member):
    member = member[0].lower() + member[1:]
    return f"{at}.{member}" if at else member


def fails(value, at, constraint):
    # What the model calls sensitive, AWS does not repeat; here nothing is.
    shown = " null" if value == "null" else ""
    raise Refused("InvalidParameterException",
                  f"1 validation error detected: Value{shown} at '{at}' failed to satisfy constraint: {constraint}")


# What is in the emulator


def pool_of(data):
    pool = cognito._user_pools.get(data["UserPoolId"])
    if not pool:
        raise Refused("ResourceNotFoundException", f"User pool {data['UserPoolId']} does not exist.")
    return pool


def client_of(pool, data):
    client = pool["_clients"].get(data["ClientId"])
    if not client:
        raise Refused("ResourceNotFoundException", f"User pool client {data['ClientId']} does not exist.")
    return client


def given(data, *members):
    return {member: data[member] for member in members if data.get(member) is not None}


# Request: "UpdateGroup answers InvalidAction. It sets what is given of Description, Precedence and RoleArn, and answers
# `Group`; ResourceNotFoundException for an unknown group."
@operation
def update_group(data):
    group = pool_of(data)["_groups"].get(data["GroupName"])
    if not group:
        raise Refused("ResourceNotFoundException", "Group not found.")
    group.update(given(data, "Description", "Precedence", "RoleArn"), LastModifiedDate=cognito._now_epoch())
    return {"Group": cognito._group_out(group)}


# Request: "CreateGroup stores `Description: ''`, `RoleArn: ''` and `Precedence: 0` for what was not given. AWS leaves
# them out, and precedence 0 is the highest there is."
@operation
def create_group(data):
    status, _, body = cognito._create_group(data)
    if status != 200:
        error = json.loads(body)
        raise Refused(error["__type"], error.get("message", ""))
    group = pool_of(data)["_groups"][data["GroupName"]]
    for member in ("Description", "RoleArn", "Precedence"):
        if data.get(member) is None:
            group.pop(member, None)
    return {"Group": cognito._group_out(group)}


RISKS = ("CompromisedCredentialsRiskConfiguration", "AccountTakeoverRiskConfiguration", "RiskExceptionConfiguration")


def needs_threat_protection(pool):
    if not cognito._threat_protection_on(pool.get("UserPoolAddOns")):
        raise Refused("UserPoolAddOnNotEnabledException",
                      "This is an add on feature. Please update AdvancedSecurityMode for your user pool to access this API.")


# Request: "SetRiskConfiguration and DescribeRiskConfiguration answer InvalidAction. One configuration a pool and one a
# client; without any of the three parts it is removed; UserPoolAddOnNotEnabledException without threat protection."
@operation
def set_risk_configuration(data):
    pool = pool_of(data)
    needs_threat_protection(pool)
    if "ClientId" in data:
        client_of(pool, data)
    kept = pool.setdefault("_risks", {})
    parts = given(data, *RISKS)
    whose = given(data, "UserPoolId", "ClientId")
    kept.pop(data.get("ClientId", ""), None)
    if parts:
        kept[data.get("ClientId", "")] = {**whose, **parts, "LastModifiedDate": cognito._now_epoch()}
    return {"RiskConfiguration": kept.get(data.get("ClientId", ""), whose)}


@operation
def describe_risk_configuration(data):
    pool = pool_of(data)
    needs_threat_protection(pool)
    if "ClientId" in data:
        client_of(pool, data)
    whose = given(data, "UserPoolId", "ClientId")
    return {"RiskConfiguration": pool.get("_risks", {}).get(data.get("ClientId", ""), whose)}


# Request: "SetLogDeliveryConfiguration and GetLogDeliveryConfiguration answer InvalidAction. At most one configuration an
# event source; `userAuthEvents` needs the PLUS tier (FeatureUnavailableInTierException)."
@operation
def set_log_delivery_configuration(data):
    pool = pool_of(data)
    sources = [configuration["EventSource"] for configuration in data["LogConfigurations"]]
    if len(set(sources)) < len(sources):
        raise Refused("InvalidParameterException", "Each event source can have one log configuration only.")
    if "userAuthEvents" in sources and pool.get("UserPoolTier") != "PLUS":
        raise Refused("FeatureUnavailableInTierException", "This feature is not available in the tier of this user pool.")
    pool["_log_delivery"] = data["LogConfigurations"]
    return get_log_delivery_configuration(data)


@operation
def get_log_delivery_configuration(data):
    configurations = pool_of(data).get("_log_delivery", [])
    return {"LogDeliveryConfiguration": {"UserPoolId": data["UserPoolId"], "LogConfigurations": configurations}}


def secrets_of(pool, client):
    """The client's secrets, oldest first. The oldest is also where MiniStack looks for it."""
    kept = pool.setdefault("_client_secrets", {})
    if client["ClientId"] not in kept:
        first = client.get("ClientSecret")
        kept[client["ClientId"]] = [descriptor(first, client["CreationDate"])] if first else []
    return kept[client["ClientId"]]


def descriptor(secret, created):
    return {"ClientSecretId": new_uuid(), "ClientSecretValue": secret, "ClientSecretCreateDate": created}


# Request: "AddUserPoolClientSecret, ListUserPoolClientSecrets and DeleteUserPoolClientSecret answer InvalidAction. Two
# secrets at most (LimitExceededException), the last one stays, each is good for sign-ins, List hides the values."
@operation
def add_user_pool_client_secret(data):
    pool = pool_of(data)
    client = client_of(pool, data)
    secrets = secrets_of(pool, client)
    if not secrets:
        raise Refused("InvalidParameterException", "The client is not configured for secrets.")
    if len(secrets) > 1:
        raise Refused("LimitExceededException", "A client can have at most 2 secrets.")
    secret = data.get("ClientSecret") or re.sub(r"[/=]", "", cognito._client_secret())
    secrets.append(descriptor(secret, cognito._now_epoch()))
    return {"ClientSecretDescriptor": secrets[-1]}


@operation
def list_user_pool_client_secrets(data):
    pool = pool_of(data)
    secrets = secrets_of(pool, client_of(pool, data))
    return {"ClientSecrets": [given(secret, "ClientSecretId", "ClientSecretCreateDate") for secret in secrets]}


@operation
def delete_user_pool_client_secret(data):
    pool = pool_of(data)
    client = client_of(pool, data)
    secrets = secrets_of(pool, client)
    left = [secret for secret in secrets if secret["ClientSecretId"] != data["ClientSecretId"]]
    if len(left) == len(secrets):
        raise Refused("ResourceNotFoundException", f"Client secret {data['ClientSecretId']} does not exist.")
    if not left:
        raise Refused("InvalidParameterException", "The last secret of a client cannot be deleted.")
    secrets[:] = left
    client["ClientSecret"] = left[0]["ClientSecretValue"]
    return {}


def with_first_secret(action, data):
    """A hash by any of the client's secrets becomes one by the secret that MiniStack knows. Its token endpoint goes on to
    take the oldest alone."""
    place = cognito._SECRET_HASH_PARAMETERS.get(action)
    if place is None:
        return data
    parameters = data.get(place) or {} if place else data
    name, username = ("SECRET_HASH", parameters.get("USERNAME")) if place else ("SecretHash", parameters.get("Username"))
    pool, _ = cognito._pool_for_client(data.get("ClientId"))
    secrets = (pool or {}).get("_client_secrets", {}).get(data.get("ClientId"), [])
    hashes = [secret_hash(secret["ClientSecretValue"], username, data["ClientId"]) for secret in secrets if username]
    if parameters.get(name) not in hashes:
        return data
    parameters = {**parameters, name: hashes[0]}
    return {**data, place: parameters} if place else parameters


def secret_hash(secret, username, client_id):
    return base64.b64encode(hmac.digest(secret.encode(), (username + client_id).encode(), hashlib.sha256)).decode()


def without(user, names):
    attributes = cognito._attr_list_to_dict(user.get("Attributes", []))
    if "sub" in names:
        raise Refused("InvalidParameterException", "Cannot modify the non-mutable attribute sub")
    for name in names:
        attributes.pop(name, None)
    user.update(Attributes=cognito._dict_to_attr_list(attributes), UserLastModifiedDate=cognito._now_epoch())
    return {}


# Request: "AdminDeleteUserAttributes and DeleteUserAttributes answer InvalidAction."
@operation
def admin_delete_user_attributes(data):
    user, error = cognito._resolve_user(pool_of(data), data["Username"])
    if error:
        raise Refused("UserNotFoundException", "User does not exist.")
    return without(user, data["UserAttributeNames"])


@operation
def delete_user_attributes(data):
    user, _ = cognito._user_pool_for_access_token(data["AccessToken"])
    if not user:
        raise Refused("NotAuthorizedException", "Invalid Access Token")
    return without(user, data["UserAttributeNames"])
