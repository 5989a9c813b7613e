"""A handler that calls another function as its event says: by boto3, which gives up and tries again, or in a
loop of its own with a pause after each failure; or that only works, the longer the first time, and dies as often
as it is told. Prints what it did, with CLOCK_MONOTONIC in ns, before the emulator can end it.
"""

import json
import os
import time
import urllib.error
import urllib.request
from pathlib import Path

FUNCTION = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
PAUSE_S = 0.15


def tell(what, **more):
    # One write: the emulator prints to the same log.
    os.write(1, ("WASTE " + json.dumps({"function": FUNCTION, "what": what, "ns": time.monotonic_ns(), **more}) + "\n").encode())


def call_by_boto3(event):
    import boto3  # only where it is called for: the worker has none
    from botocore.config import Config

    client = boto3.client(
        "lambda", endpoint_url=event["endpoint"], region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test", config=Config(
            read_timeout=event["read_timeout_s"],
            retries={"total_max_attempts": event["attempts"], "mode": "standard"}))
    answer = client.invoke(FunctionName="function", Payload=json.dumps(event["payload"]))
    answer["Payload"].read()
    return answer["ResponseMetadata"]["RetryAttempts"] + 1


def call_in_a_loop(event):
    url = event["endpoint"] + "/2015-03-31/functions/function/invocations"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for attempt in range(1, event["attempts"] + 1):
        try:
            with opener.open(urllib.request.Request(url, json.dumps(event["payload"]).encode()), timeout=30) as reply:
                reply.read()
            if not reply.headers["x-amz-function-error"]:
                return attempt
        except urllib.error.HTTPError as error:
            error.read()
        time.sleep(PAUSE_S)
    return None


def count_runs(case):
    """A file counts them: an environment may die of one."""
    file = Path(os.environ["WASTE_FOLDER"]) / case
    with open(file, "a", encoding="ascii") as runs:
        runs.write("x")
    return file.stat().st_size


def work(event):
    """Sleeps as long as this run of its case is told to (the last figure is for all further ones), and may die."""
    runs = count_runs(event["case"])
    sleeps = event.get("sleeps_s", [0])
    time.sleep(sleeps[min(runs, len(sleeps)) - 1])
    if runs <= event.get("deaths", 0):
        tell("dies")
        os._exit(7)


CALLS = {"boto3": call_by_boto3, "loop": call_in_a_loop}


def handler(event, context):
    tell("begin", case=event.get("case"), id=context.aws_request_id)
    attempts = CALLS[event["by"]](event) if "by" in event else work(event)
    tell("end", case=event.get("case"), id=context.aws_request_id, attempts=attempts)
    return {"attempts": attempts}
