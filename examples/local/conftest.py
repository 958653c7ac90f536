"""`pretoken local exec -- pytest`: a fixture that signs seeds in."""

import os

import boto3
import pytest


@pytest.fixture(scope="session")
def sign_in():
    cognito = boto3.client("cognito-idp")  # endpoint, region and keys are in the environment

    def access_token(seed):
        answer = cognito.initiate_auth(
            ClientId=os.environ["PRETOKEN_CLIENT_CUSTOMERS_WEB"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={
                "USERNAME": os.environ[f"PRETOKEN_SEED_{seed}_USERNAME"],
                "PASSWORD": os.environ[f"PRETOKEN_SEED_{seed}_PASSWORD"],
            },
        )
        return answer["AuthenticationResult"]["AccessToken"]

    return access_token
