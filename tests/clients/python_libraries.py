"""boto3, PyJWT and pycognito, as their own documentation shows them. Everything comes from the environment."""

import base64
import json
import os

import boto3
import jwt
from pycognito import Cognito

POOL, CLIENT = os.environ["PRETOKEN_POOL_CUSTOMERS"], os.environ["PRETOKEN_CLIENT_CUSTOMERS_WEB"]
NAME, PASSWORD = os.environ["PRETOKEN_SEED_1_USERNAME"], os.environ["PRETOKEN_SEED_1_PASSWORD"]


def scopes(token):
    body = token.split(".")[1]
    return set(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["scope"].split())


# boto3 takes endpoint, region and keys from the environment
cognito = boto3.client("cognito-idp")
answer = cognito.initiate_auth(
    ClientId=CLIENT, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": NAME, "PASSWORD": PASSWORD}
)["AuthenticationResult"]
assert scopes(answer["AccessToken"]) >= {"orders/read", "orders/write"}, answer
assert cognito.get_user(AccessToken=answer["AccessToken"])["Username"] == NAME
assert cognito.list_users_in_group(UserPoolId=POOL, GroupName="staff")["Users"][0]["Username"] == NAME

# PyJWT, as an API uses it: an access token of Cognito names its client, and has no audience
KEYS = jwt.PyJWKClient(os.environ["PRETOKEN_JWKS_URL_CUSTOMERS"])


def verified(token, pool=POOL, client=CLIENT):
    issuer = f"https://cognito-idp.{pool.split('_')[0]}.amazonaws.com/{pool}"
    key = KEYS.get_signing_key_from_jwt(token).key
    options = {"require": ["exp", "iat", "iss", "client_id", "scope"], "verify_aud": False}
    claims = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, options=options)
    if claims["token_use"] != "access" or claims["client_id"] != client:
        raise jwt.InvalidTokenError("of another use or client")
    return set(claims["scope"].split())


access = answer["AccessToken"]
assert verified(access) >= {"orders/read", "orders/write"}
head, body, signature = access.split(".")
claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | {"scope": "orders/admin"}
changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
for why, wrong in {
    "an ID token at an API": lambda: verified(answer["IdToken"]),
    "a token of another client": lambda: verified(access, client="another"),
    "a token of another pool": lambda: verified(access, pool=POOL + "x"),
    "what was changed after it was signed": lambda: verified(f"{head}.{changed}.{signature}"),
    "what nobody signed": lambda: verified(f"{head}.{body}."),
}.items():
    try:
        wrong()
    except jwt.InvalidTokenError:
        continue
    raise AssertionError(f"accepted: {why}")

# pycognito: SRP, refresh, sign-out
user = Cognito(POOL, CLIENT, username=NAME, boto3_client_kwargs={"endpoint_url": os.environ["AWS_ENDPOINT_URL"]})
user.pool_domain_url = None
user.get_keys = lambda: None
user.verify_token = lambda token, id_name, use: setattr(user, id_name, token)  # its own issuer is a real AWS address
user.authenticate(password=PASSWORD)
assert scopes(user.access_token) >= {"orders/read", "orders/write"}
user.renew_access_token()
assert "orders/write" in scopes(user.access_token)
user.logout()
print("python libraries: ok")
