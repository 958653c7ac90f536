"""Prints what the AWS API models say about requests: operations, and the constraints of their shapes.

The models come with botocore, which the emulator brings along. Documentation and answers are left out.
"""

import gzip
import json
import pathlib

import botocore

SERVICES = {
    "cognito-idp": "2016-04-18",
    "iam": "2010-05-08",
    "lambda": "2015-03-31",
    "logs": "2014-03-28",
    "sts": "2011-06-15",
}
CONSTRAINTS = ("type", "required", "enum", "pattern", "min", "max", "sensitive")
PLACES = ("location", "locationName", "shape")


def member(described):
    return {place: described[place] for place in PLACES if place in described}


def reduced(shape):
    kept = {name: shape[name] for name in CONSTRAINTS if name in shape}
    if "payload" in shape:
        kept["payload"] = shape["payload"]
    for part in ("member", "key", "value"):
        if part in shape:
            kept[part] = member(shape[part])
    if "members" in shape:
        kept["members"] = {name: member(described) for name, described in shape["members"].items()}
    return kept


def reachable(shapes, names):
    found = {}
    while names:
        name = names.pop()
        if name not in found:
            shape = found[name] = reduced(shapes[name])
            parts = [shape[part] for part in ("member", "key", "value") if part in shape]
            names += [part["shape"] for part in parts + list(shape.get("members", {}).values())]
    return found


def service(name, version):
    path = pathlib.Path(botocore.__file__).parent / "data" / name / version / "service-2.json.gz"
    model = json.loads(gzip.decompress(path.read_bytes()))
    operations = {
        operation: {**described["http"], "input": described["input"]["shape"]}
        for operation, described in model["operations"].items()
        if "input" in described
    }
    inputs = [operation["input"] for operation in operations.values()]
    return {"operations": operations, "shapes": reachable(model["shapes"], inputs)}


print(json.dumps({name: service(name, version) for name, version in SERVICES.items()}))
