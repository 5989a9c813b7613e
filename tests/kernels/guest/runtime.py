"""A runtime of the Runtime API in Python: each event makes it call what CALLEE_URL names, if anything. Its
answers name the invocation and those that it called."""

import http.client
import json
import os
import urllib.request

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
FUNCTION = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
CALLEE_URL = os.environ.get("CALLEE_URL")


def call():
    request = urllib.request.Request(CALLEE_URL, data=json.dumps({"from": FUNCTION}).encode())
    with urllib.request.urlopen(request) as reply:
        return json.loads(reply.read())


def main():
    connection = http.client.HTTPConnection(API)
    while True:
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        reply = connection.getresponse()
        request_id = reply.headers["Lambda-Runtime-Aws-Request-Id"]
        json.loads(reply.read())
        answer = {"function": FUNCTION, "request_id": request_id, "called": [call()] if CALLEE_URL else []}
        connection.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response",
                           body=json.dumps(answer))
        connection.getresponse().read()


main()
