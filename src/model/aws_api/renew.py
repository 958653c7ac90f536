"""Writes cognito-idp.json: what AWS's published API model says of the settings that deploy.toml can declare.

Run it with the newest botocore (`pip install botocore`), read the difference, and run the tests: schema, check,
comparison, requests and exports follow the data.
"""

import html
import json
import pathlib
import re

import botocore
import botocore.session
from botocore import xform_name

OPERATIONS = [
    "CreateUserPool",
    "UpdateUserPool",
    "SetUserPoolMfaConfig",
    "SetRiskConfiguration",
    "SetLogDeliveryConfiguration",
    "CreateUserPoolClient",
    "UpdateUserPoolClient",
]
LONGEST = 160


def first_sentence(documentation):
    text = html.unescape(re.sub(r"<[^>]+>", "", documentation or ""))
    text = " ".join(text.split())
    sentence = re.split(r"(?<=[.!?]) ", text)[0] if text else ""
    return sentence if len(sentence) <= LONGEST else sentence[: LONGEST - 1].rsplit(" ", 1)[0] + " …"


def reduced(shape):
    """One shape, in the words of this program; members by AWS's names, with the names of deploy.toml."""
    result = {"type": shape.type_name}
    for limit in ("min", "max"):
        if limit in shape.metadata:
            result[limit] = shape.metadata[limit]
    if getattr(shape, "enum", None):
        result["enum"] = shape.enum
    pattern = shape.metadata.get("pattern", "")
    if pattern and "\\p" not in pattern:
        result["pattern"] = pattern
    if shape.type_name == "structure":
        result["required"] = shape.required_members
        result["members"] = {
            name: {
                "key": xform_name(name),
                "shape": member.name,
                "about": first_sentence(member.documentation),
            }
            for name, member in shape.members.items()
        }
    if shape.type_name == "list":
        result["item"] = shape.member.name
    if shape.type_name == "map":
        result["value"] = shape.value.name
    return result


def walk(shape, seen):
    if shape.name in seen:
        return
    seen[shape.name] = reduced(shape)
    for below in list(getattr(shape, "members", {}).values()):
        walk(below, seen)
    if shape.type_name == "list":
        walk(shape.member, seen)
    if shape.type_name == "map":
        walk(shape.value, seen)


def main():
    service = botocore.session.get_session().get_service_model("cognito-idp")
    shapes = {}
    for operation in OPERATIONS:
        walk(service.operation_model(operation).input_shape, shapes)
    document = {
        "source": f"botocore {botocore.__version__}, cognito-idp {service.api_version}",
        "shapes": dict(sorted(shapes.items())),
    }
    path = pathlib.Path(__file__).with_name("cognito-idp.json")
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


main()
