"""Makes the calls that a JSON file lists (../service_calls.py) with boto3.

    python sdk_boto3.py CALLS.json
"""

import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CLIENTS = {"execute-api": "apigatewaymanagementapi", "monitoring": "cloudwatch",
           "states": "stepfunctions"}
CONFIG = Config(inject_host_prefix=False, s3={"addressing_style": "path"})


def decode(value):
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    for key in ("$blob", "$stream"):
        if key in value:
            return value[key].encode()
    return {key: decode(item) for key, item in value.items()}


def run(call):
    client = boto3.client(
        CLIENTS.get(call["Service"], call["Service"]), region_name="us-east-1",
        endpoint_url=call["Endpoint"], aws_access_key_id=call["Key"], aws_secret_access_key=call["Key"],
        config=CONFIG)
    method = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", call["Operation"]).lower()
    reply = getattr(client, method)(**decode(call["Input"]))
    for stream in ("Body", "Payload"):
        if hasattr(reply.get(stream), "read"):
            reply[stream].read()
    list(reply.get("EventStream", ()))


def main():
    with open(sys.argv[1], encoding="utf-8") as calls:
        for call in json.load(calls):
            try:
                run(call)
            except (BotoCoreError, ClientError) as error:
                print(f"boto3 {call['Service']} {call['Operation']}: {error}", file=sys.stderr)


main()
