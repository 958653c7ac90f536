"""boto3 and pycognito, as their own documentation shows them. Everything comes from the environment."""

import base64
import json
import os

import boto3
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
