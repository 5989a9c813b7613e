// Makes the calls that a JSON file lists (../../service_calls.py) with the AWS SDK for Go. Inputs are
// filled in from JSON by their Go types, so no call needs code of its own.
//
//	client CALLS.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rdsdata"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

type call struct {
	Service, Operation, Endpoint, Key string
	Input                             map[string]any
}

// By the name of the service in signatures.
var clients = map[string]func(aws.Config) any{
	"monitoring":     func(c aws.Config) any { return cloudwatch.NewFromConfig(c) },
	"logs":           func(c aws.Config) any { return cloudwatchlogs.NewFromConfig(c) },
	"dynamodb":       func(c aws.Config) any { return dynamodb.NewFromConfig(c) },
	"events":         func(c aws.Config) any { return eventbridge.NewFromConfig(c) },
	"firehose":       func(c aws.Config) any { return firehose.NewFromConfig(c) },
	"kinesis":        func(c aws.Config) any { return kinesis.NewFromConfig(c) },
	"kms":            func(c aws.Config) any { return kms.NewFromConfig(c) },
	"lambda":         func(c aws.Config) any { return lambda.NewFromConfig(c) },
	"rds-data":       func(c aws.Config) any { return rdsdata.NewFromConfig(c) },
	"secretsmanager": func(c aws.Config) any { return secretsmanager.NewFromConfig(c) },
	"sns":            func(c aws.Config) any { return sns.NewFromConfig(c) },
	"sqs":            func(c aws.Config) any { return sqs.NewFromConfig(c) },
	"ssm":            func(c aws.Config) any { return ssm.NewFromConfig(c) },
	"sts":            func(c aws.Config) any { return sts.NewFromConfig(c) },
	"s3": func(c aws.Config) any {
		return s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })
	},
	// The endpoint is all of its host: no "sync-" before it.
	"states": func(c aws.Config) any { return sfn.NewFromConfig(c) },
}

var (
	readerType    = reflect.TypeFor[io.Reader]()
	attributeType = reflect.TypeFor[dynamodbtypes.AttributeValue]()
)

// A DynamoDB value: {"S": "text"}.
func attribute(from map[string]any) reflect.Value {
	if text, ok := from["S"]; ok {
		return reflect.ValueOf(&dynamodbtypes.AttributeValueMemberS{Value: text.(string)})
	}
	panic(fmt.Sprintf("no such DynamoDB value: %v", from))
}

// The one value of {"$blob": text} or {"$stream": text}.
func bytesOf(from any) string {
	for _, text := range from.(map[string]any) {
		return text.(string)
	}
	return ""
}

func fillStruct(to reflect.Value, from map[string]any) {
	for key, value := range from {
		field := to.FieldByName(strings.ToUpper(key[:1]) + key[1:])
		if !field.IsValid() {
			panic(fmt.Sprintf("%v has no member %s", to.Type(), key))
		}
		fill(field, value)
	}
}

func fillMap(to reflect.Value, from map[string]any) {
	to.Set(reflect.MakeMap(to.Type()))
	for key, value := range from {
		item := reflect.New(to.Type().Elem()).Elem()
		fill(item, value)
		to.SetMapIndex(reflect.ValueOf(key), item)
	}
}

func fillSlice(to reflect.Value, from []any) {
	to.Set(reflect.MakeSlice(to.Type(), len(from), len(from)))
	for i, value := range from {
		fill(to.Index(i), value)
	}
}

func fill(to reflect.Value, from any) {
	switch {
	case to.Type() == readerType:
		to.Set(reflect.ValueOf(strings.NewReader(bytesOf(from))))
	case to.Type() == attributeType:
		to.Set(attribute(from.(map[string]any)))
	case to.Kind() == reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		fill(to.Elem(), from)
	case to.Kind() == reflect.Struct:
		fillStruct(to, from.(map[string]any))
	case to.Kind() == reflect.Map:
		fillMap(to, from.(map[string]any))
	case to.Kind() == reflect.Slice && to.Type().Elem().Kind() == reflect.Uint8:
		to.SetBytes([]byte(bytesOf(from)))
	case to.Kind() == reflect.Slice:
		fillSlice(to, from.([]any))
	default:
		to.Set(reflect.ValueOf(from).Convert(to.Type()))
	}
}

func run(what call) error {
	config := aws.Config{
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(what.Key, what.Key, ""),
		BaseEndpoint: aws.String(what.Endpoint),
	}
	method := reflect.ValueOf(clients[what.Service](config)).MethodByName(what.Operation)
	input := reflect.New(method.Type().In(1).Elem())
	fillStruct(input.Elem(), what.Input)
	results := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
	if output := results[0]; !output.IsNil() {
		if body := output.Elem().FieldByName("Body"); body.IsValid() && body.Type().Implements(readerType) {
			io.Copy(io.Discard, body.Interface().(io.Reader))
		}
	}
	err, _ := results[1].Interface().(error)
	return err
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	var calls []call
	if err == nil {
		err = json.Unmarshal(text, &calls)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
	for _, what := range calls {
		if err := run(what); err != nil {
			fmt.Fprintf(os.Stderr, "%s %s: %v\n", what.Service, what.Operation, err)
		}
	}
}
