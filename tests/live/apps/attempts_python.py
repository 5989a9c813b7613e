"""A function that is an HTTP server of its own and invokes what its event says with boto3, with curl's own
retries, or with curl in a shell loop. Answers with how many attempts boto3 says that it made. As "slow" it
calls nothing and answers late.

    attempts_python.py boto3|curl|loop|slow PORT
"""

import json
import subprocess
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

MAX_ATTEMPTS = 6
SLOW_S = 1.5
CURL = ("curl -sS --max-time %(seconds)s -X POST -d '%(payload)s' -H 'Authorization: AWS4-HMAC-SHA256 "
        "Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00' "
        "%(endpoint)s/2015-03-31/functions/function/invocations")
RETRY = CURL + f" --retry {MAX_ATTEMPTS - 1} --retry-delay 1 --retry-all-errors >/dev/null"
LOOP = f"""
for i in $(seq {MAX_ATTEMPTS}); do
	answer=$({CURL} -w '%%{{http_code}} %%header{{x-amz-function-error}}') && [ "${{answer##*\\}}}}" = '200 ' ] && exit
	sleep 0.08
done"""


def run_shell(text, event):
    subprocess.run(["sh", "-c", text % {
        "seconds": event["timeout_ms"] / 1000, "payload": json.dumps(event["payload"]),
        "endpoint": event["endpoint"]}], check=False, stdin=subprocess.DEVNULL)
    return None


def run_boto3(event):
    import boto3  # only this client has it
    from botocore.config import Config

    client = boto3.client(
        "lambda", endpoint_url=event["endpoint"], region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test", config=Config(
            read_timeout=event["timeout_ms"] / 1000,
            retries={"total_max_attempts": MAX_ATTEMPTS, "mode": "standard"}))
    try:
        answer = client.invoke(FunctionName="function", Payload=json.dumps(event["payload"]))
        answer["Payload"].read()
        return answer["ResponseMetadata"]["RetryAttempts"] + 1
    except Exception as error:  # whatever it is: the caller wants to know
        return f"{type(error).__name__}: {error}"


CLIENTS = {"boto3": run_boto3, "curl": lambda event: run_shell(RETRY, event),
           "loop": lambda event: run_shell(LOOP, event), "slow": lambda event: time.sleep(SLOW_S)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        request_id = str(uuid.uuid4())
        results = [CLIENTS[sys.argv[1]](event) for _ in range(event.get("calls", 1))]
        body = json.dumps({"attempts": results, "request_id": request_id}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-amzn-requestid", request_id)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer if sys.argv[1] == "slow" else HTTPServer
server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
