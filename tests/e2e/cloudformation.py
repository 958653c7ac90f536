"""Uploads a package and deploys a template with it, as a pipeline would: `cloudformation.py REQUEST`.

The request is JSON: endpoint, region, stack, template, package (a file), bucket, key, parameters. Prints the outputs.
"""
import json
import sys
import time

import botocore.session
from botocore.exceptions import ClientError

request = json.loads(sys.argv[1])
session = botocore.session.get_session()


def client(service):
    return session.create_client(service, region_name=request["region"], endpoint_url=request["endpoint"])


def upload():
    storage = client("s3")
    storage.create_bucket(Bucket=request["bucket"])
    with open(request["package"], "rb") as package:
        storage.put_object(Bucket=request["bucket"], Key=request["key"], Body=package.read())


def deploy(engine):
    name = request["stack"]
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in request["parameters"].items()]
    what = {
        "StackName": name,
        "TemplateBody": request["template"],
        "Parameters": parameters,
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    try:
        engine.describe_stacks(StackName=name)
    except ClientError:
        engine.create_stack(**what)
    else:
        engine.update_stack(**what)
    while (stack := engine.describe_stacks(StackName=name)["Stacks"][0])["StackStatus"].endswith("_IN_PROGRESS"):
        time.sleep(0.1)
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events = engine.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [event["ResourceStatusReason"] for event in events if "ResourceStatusReason" in event]
        sys.exit(f"{stack['StackStatus']}: {reasons}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


upload()
print(json.dumps(deploy(client("cloudformation"))))
