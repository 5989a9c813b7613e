// A function that is an HTTP server of its own and invokes what its event says with the AWS SDK for Go;
// answers with how many attempts the SDK says that it made.
//
//	attempts PORT
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

const maxAttempts = 6

type event struct {
	Endpoint  string          `json:"endpoint"`
	Payload   json.RawMessage `json:"payload"`
	TimeoutMs int             `json:"timeout_ms"`
	Calls     int             `json:"calls"`
}

func newClient(e event) *lambda.Client {
	timeout := time.Duration(e.TimeoutMs) * time.Millisecond
	return lambda.New(lambda.Options{
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		BaseEndpoint: aws.String(e.Endpoint),
		HTTPClient:   awshttp.NewBuildableClient().WithTimeout(timeout),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.MaxBackoff = 200 * time.Millisecond
		}),
	})
}

func invoke(client *lambda.Client, payload []byte) any {
	output, err := client.Invoke(context.Background(), &lambda.InvokeInput{
		FunctionName: aws.String("function"), Payload: payload})
	if err != nil {
		return err.Error()
	}
	results, _ := retry.GetAttemptResults(output.ResultMetadata)
	return len(results.Results)
}

func handle(response http.ResponseWriter, request *http.Request) {
	var e event
	if err := json.NewDecoder(request.Body).Decode(&e); err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	client, results := newClient(e), []any{}
	for i := 0; i < e.Calls; i++ {
		results = append(results, invoke(client, e.Payload))
	}
	body, _ := json.Marshal(map[string]any{"attempts": results})
	response.Header().Set("x-amzn-requestid", fmt.Sprintf("go-%d", time.Now().UnixNano()))
	response.Write(body)
}

func main() {
	http.HandleFunc("/", handle)
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
