"""Calls to AWS services that the clients in apps/ make (sdk_v3.mjs, sdk_v2.cjs, sdk_boto3.py, sdk-go), and what
each is for. test-services makes what they need, runs them and holds the recording against this list.

A call's Input is the same for every SDK: {"$blob": text} stands for bytes, {"$stream": text} for a stream.
Whatever is a value, and no name, has SECRET in it: it may not be in the trace.
"""

from dataclasses import dataclass

SECRET = "hunter2zq"
ACCOUNT = "123456789012"
SDKS = ("v3", "v2", "boto3", "go")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/reader"


def arn(service, resource):
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


def blob(name):
    return {"$blob": f'{{"{name}":"{SECRET}-{name}"}}'}


@dataclass(frozen=True)
class Call:
    """`server` is one of test-services; `mode` that of a call of a function; `clients` all that make it;
    `http1`: where v3 would speak HTTP/2."""

    service: str
    operation: str
    target: str
    input: dict
    server: str = "moto"
    mode: str = "sync"
    clients: tuple = SDKS
    http1: bool = False


QUEUE = f"http://127.0.0.1:5000/{ACCOUNT}/orders"
ITEM = {"id": {"S": "1"}, "card": {"S": f"{SECRET}-item"}}
KEY = {"id": {"S": "1"}}
JS = ("v3", "v2")
NOT_GO = ("v3", "v2", "boto3")  # its module is not at hand
METRICS = {"Namespace": "Shop/Orders", "MetricData": [{"MetricName": f"{SECRET}-metric", "Value": 1}]}
PATTERN = {"Source": "shop", "DetailType": "order", "Detail": f'{{"pin":"{SECRET}-detail"}}'}

CALLS = [
    Call("sqs", "SendMessage", "orders",
         {"QueueUrl": QUEUE, "MessageBody": f"{SECRET}-message",
          "MessageAttributes": {"k": {"DataType": "String", "StringValue": f"{SECRET}-attribute"}}}),
    Call("sqs", "SendMessageBatch", "orders",
         {"QueueUrl": QUEUE, "Entries": [{"Id": "a", "MessageBody": f"{SECRET}-batch"}]}),
    Call("sqs", "ReceiveMessage", "orders", {"QueueUrl": QUEUE}),
    Call("sqs", "GetQueueUrl", "orders", {"QueueName": "orders"}),
    Call("sns", "Publish", "news",
         {"TopicArn": arn("sns", "news"), "Message": f"{SECRET}-news", "Subject": f"{SECRET}-subject"}),
    Call("events", "PutEvents", "default", {"Entries": [PATTERN]}),
    Call("events", "PutEvents", "shop-bus",
         {"Entries": [dict(PATTERN, EventBusName="shop-bus"), dict(PATTERN, EventBusName="shop-bus")]}),
    Call("states", "StartExecution", "checkout",
         {"stateMachineArn": arn("states", "stateMachine:checkout"), "input": f'{{"x":"{SECRET}-input"}}'}),
    Call("states", "StartExecution", "local",
         {"stateMachineArn": f"arn:aws:states:local:{ACCOUNT}:stateMachine:local",
          "input": f'{{"x":"{SECRET}-local"}}'},
         server="stepfunctions-local"),
    Call("states", "StartSyncExecution", "checkout",
         {"stateMachineArn": arn("states", "stateMachine:checkout"), "input": f'{{"x":"{SECRET}-sync"}}'},
         clients=NOT_GO),  # Go puts "sync-" before the host
    Call("dynamodb", "PutItem", "items", {"TableName": "items", "Item": ITEM}),
    Call("dynamodb", "GetItem", "items", {"TableName": "items", "Key": KEY}),
    Call("dynamodb", "Query", "items",
         {"TableName": "items", "KeyConditionExpression": "id = :i",
          "ExpressionAttributeValues": {":i": {"S": f"{SECRET}-query"}}}),
    Call("dynamodb", "BatchWriteItem", "items", {"RequestItems": {"items": [{"PutRequest": {"Item": ITEM}}]}}),
    Call("dynamodb", "TransactWriteItems", "items",
         {"TransactItems": [{"Put": {"TableName": "items", "Item": ITEM}}]}),
    Call("dynamodb", "PutItem", "ledger", {"TableName": "ledger", "Item": ITEM}, server="dynalite"),
    Call("dynamodb", "GetItem", "ledger", {"TableName": "ledger", "Key": KEY}, server="dynalite"),
    Call("kinesis", "PutRecord", "clicks",
         {"StreamName": "clicks", "Data": blob("click"), "PartitionKey": f"{SECRET}-partition"}, http1=True),
    Call("firehose", "PutRecord", "archive",
         {"DeliveryStreamName": "archive", "Record": {"Data": blob("record")}}),
    Call("s3", "PutObject", "photos", {"Bucket": "photos", "Key": "a/b", "Body": {"$blob": f"{SECRET}-object"}}),
    Call("s3", "GetObject", "photos", {"Bucket": "photos", "Key": "a/b"}),
    Call("s3", "HeadObject", "photos", {"Bucket": "photos", "Key": "a/b"}),
    Call("s3", "ListObjectsV2", "photos", {"Bucket": "photos", "Prefix": "a/"}),
    Call("s3", "CopyObject", "photos", {"Bucket": "photos", "Key": "c", "CopySource": "photos/a/b"}),
    Call("s3", "CreateMultipartUpload", "photos", {"Bucket": "photos", "Key": "big"}),
    Call("s3", "DeleteObject", "photos", {"Bucket": "photos", "Key": "c"}),
    Call("s3", "PutObject", "albums", {"Bucket": "albums", "Key": "a", "Body": {"$blob": f"{SECRET}-album"}},
         server="s3rver"),
    Call("s3", "GetObject", "albums", {"Bucket": "albums", "Key": "a"}, server="s3rver"),
    Call("s3", "PutObject", "photos",
         {"Bucket": "photos", "Key": "stream", "ContentLength": 6000, "Body": {"$stream": SECRET.ljust(6000, "x")}},
         clients=JS),
    Call("secretsmanager", "PutSecretValue", "prod/db",
         {"SecretId": "prod/db", "SecretString": f"{SECRET}-secret", "ClientRequestToken": "a" * 32}),
    Call("secretsmanager", "GetSecretValue", "prod/db", {"SecretId": "prod/db"}),
    Call("ssm", "PutParameter", "/shop/limit",
         {"Name": "/shop/limit", "Value": f"{SECRET}-parameter", "Type": "String", "Overwrite": True}),
    Call("ssm", "GetParameter", "/shop/limit", {"Name": "/shop/limit"}),
    Call("ssm", "GetParameters", "/shop/limit", {"Names": ["/shop/limit"]}),
    Call("kms", "Encrypt", "alias/shop", {"KeyId": "alias/shop", "Plaintext": blob("plain")}),
    Call("monitoring", "PutMetricData", "Shop/Orders", METRICS, clients=NOT_GO),
    Call("monitoring", "PutMetricData", None, METRICS, clients=("go",)),  # which compresses the body
    Call("sts", "GetCallerIdentity", None, {}),
    Call("sts", "AssumeRole", "reader", {"RoleArn": ROLE, "RoleSessionName": f"{SECRET}-session"}),
    Call("rds-data", "ExecuteStatement", "shop-db",
         {"resourceArn": arn("rds", "cluster:shop-db"), "secretArn": arn("secretsmanager", "secret:s"),
          "sql": f"select '{SECRET}-sql'"}),
    Call("execute-api", "PostToConnection", None,
         {"ConnectionId": f"{SECRET}-connection", "Data": blob("push")}, clients=NOT_GO),
    Call("lambda", "Invoke", "callee", {"FunctionName": "callee", "Payload": blob("sync")}),
    Call("lambda", "Invoke", "callee",
         {"FunctionName": "callee", "InvocationType": "Event", "Payload": blob("event")}, mode="event"),
    Call("lambda", "Invoke", "callee",
         {"FunctionName": "callee", "InvocationType": "DryRun", "Payload": blob("dry")}, mode="event"),
    Call("lambda", "InvokeWithResponseStream", "callee",
         {"FunctionName": "callee", "Payload": blob("stream")}, mode="stream"),
    Call("lambda", "InvokeAsync", "callee",
         {"FunctionName": "callee", "InvokeArgs": {"$blob": f'{{"a":"{SECRET}-async"}}'}}, mode="event"),
    # Log traffic is no call; its messages are recognised all the same.
    Call("logs", "PutLogEvents", "/shop/log",
         {"logGroupName": "/shop/log", "logStreamName": "s",
          "logEvents": [{"timestamp": 1800000000000, "message": f"{SECRET}-log"}]}),
    # HTTP/2, which v3 speaks to Kinesis unless told otherwise: an exchange whose operation stays unknown.
    Call("http2", None, None,
         {"StreamName": "clicks", "Data": blob("click"), "PartitionKey": f"{SECRET}-partition"},
         server="http2", clients=("v3",)),
]


def of_client(client):
    return [call for call in CALLS if client in call.clients]


def key_of(server):
    """Id and secret of the credentials: most servers take any."""
    return "S3RVER" if server == "s3rver" else "test"


def as_json(call, servers):
    """What the client's program is told; @servers maps the name of a server to its URL."""
    is_http2 = call.server == "http2"
    return {
        "Service": "kinesis" if is_http2 else call.service,
        "Operation": "PutRecord" if is_http2 else call.operation,
        "Endpoint": servers[call.server],
        "Input": call.input,
        "Key": key_of(call.server),
        "Http1": call.http1,
    }


def prepare(boto3_of):
    """Makes queues, tables and so on; @boto3_of gives boto3's client of a service (and server)."""
    boto3_of("sqs").create_queue(QueueName="orders")
    boto3_of("sns").create_topic(Name="news")
    boto3_of("events").create_event_bus(Name="shop-bus")
    for server, table in (("moto", "items"), ("dynalite", "ledger")):
        boto3_of("dynamodb", server).create_table(
            TableName=table, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    boto3_of("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    boto3_of("s3").create_bucket(Bucket="photos")
    boto3_of("s3", "s3rver").create_bucket(Bucket="albums")
    boto3_of("firehose").create_delivery_stream(
        DeliveryStreamName="archive",
        S3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::photos"})
    boto3_of("secretsmanager").create_secret(Name="prod/db", SecretString="x")
    key = boto3_of("kms").create_key()["KeyMetadata"]["KeyId"]
    boto3_of("kms").create_alias(AliasName="alias/shop", TargetKeyId=key)
    boto3_of("logs").create_log_group(logGroupName="/shop/log")
    boto3_of("logs").create_log_stream(logGroupName="/shop/log", logStreamName="s")
    boto3_of("iam").create_role(RoleName="reader", Path="/team/", AssumeRolePolicyDocument="{}")
    machine = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
    for server, name in (("moto", "checkout"), ("stepfunctions-local", "local")):
        boto3_of("stepfunctions", server).create_state_machine(
            name=name, definition=machine, roleArn=ROLE)
    prepare_function(boto3_of("lambda"))


def prepare_function(client):
    import io
    import zipfile

    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return 1\n")
    client.create_function(
        FunctionName="callee", Runtime="python3.12", Role=ROLE, Handler="app.handler",
        Code={"ZipFile": code.getvalue()})
