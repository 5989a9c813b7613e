// The handler for AWS's Go runtime client: does what PLAN says (runtimes.py), and prints one line of
// its own truth per invocation, times on CLOCK_MONOTONIC in ns (../../README.md has the members).
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

const clockMonotonic = 1

type event struct {
	Scale *float64 `json:"scale,omitempty"`
	Order string   `json:"order,omitempty"`
}

type answer struct {
	Function  string `json:"function"`
	Pad       string `json:"pad"`
	RequestID string `json:"request_id"`
}

type call struct {
	Callee    string `json:"callee"`
	RequestID string `json:"callee_request_id"`
	Mode      string `json:"mode"`
	StartNs   int64  `json:"start_ns"`
	EndNs     int64  `json:"end_ns"`
}

type initTruth struct {
	StartedUs int64 `json:"started_us"`
	ReadyNs   int64 `json:"ready_ns"`
}

type truth struct {
	Function  string    `json:"function"`
	RequestID string    `json:"request_id"`
	Pid       int       `json:"pid"`
	Init      initTruth `json:"init"`
	StartNs   int64     `json:"start_ns"`
	EndNs     int64     `json:"end_ns"`
	BusyNs    int64     `json:"busy_ns"`
	TimerNs   int64     `json:"timer_ns"`
	CausedBy  *string   `json:"caused_by"`
	Calls     []call    `json:"calls"`
}

var (
	function = os.Getenv("AWS_LAMBDA_FUNCTION_NAME")
	plan     = strings.Fields(os.Getenv("PLAN"))
	ready    initTruth
	sink     float64

	// As in tools/demo/app/src/run.js.
	defaultScale = number("DEFAULT_SCALE", 1)
	answerPad    = int(number("ANSWER_PAD", 0))
)

func number(name string, otherwise float64) float64 {
	value, err := strconv.ParseFloat(os.Getenv(name), 64)
	if err != nil {
		return otherwise
	}
	return value
}

func (e event) scale() float64 {
	if e.Scale == nil {
		return defaultScale
	}
	return *e.Scale
}

func (e event) answer(id string) answer {
	if e.Order != "" {
		return answer{function, "", id}
	}
	return answer{function, strings.Repeat("x", answerPad), id}
}

func nowNs() int64 {
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

func burn(length time.Duration) {
	for end := nowNs() + int64(length); nowNs() < end; {
		for i := 0; i < 1000; i++ {
			sink = math.Sqrt(sink + float64(i))
		}
	}
}

func invoke(callee string, in event) (answer, error) {
	url := os.Getenv("URL_" + strings.ReplaceAll(callee, "-", "_"))
	body, _ := json.Marshal(in)
	request, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/"+
		"aws4_request, SignedHeaders=host, Signature=00")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer reply.Body.Close()
	var result answer
	return result, json.NewDecoder(reply.Body).Decode(&result)
}

func (t *truth) runStep(step string, in event) error {
	kind, what, _ := strings.Cut(step, ":")
	startNs := nowNs()
	ms, _ := strconv.ParseFloat(what, 64)
	length := time.Duration(ms * in.scale() * float64(time.Millisecond))
	switch kind {
	case "burn":
		burn(length)
		t.BusyNs += nowNs() - startNs
	case "sleep":
		time.Sleep(length)
		t.TimerNs += nowNs() - startNs
	case "call":
		result, err := invoke(what, in)
		if err != nil {
			return err
		}
		t.Calls = append(t.Calls, call{what, result.RequestID, "sync", startNs, nowNs()})
	}
	return nil
}

func handle(ctx context.Context, in event) (answer, error) {
	requestContext, _ := lambdacontext.FromContext(ctx)
	id := requestContext.AwsRequestID
	t := truth{Function: function, RequestID: id, Pid: os.Getpid(), Init: ready, StartNs: nowNs(), Calls: []call{}}
	for _, step := range plan {
		if err := t.runStep(step, in); err != nil {
			return answer{}, err
		}
	}
	t.EndNs = nowNs()
	line, _ := json.Marshal(t)
	os.Stdout.WriteString("IDLETAX-TRUTH " + string(line) + "\n")
	switch plan[len(plan)-1] {
	case "fail":
		return answer{}, errors.New("the plan is to fail")
	case "exit":
		os.Exit(3)
	}
	return in.answer(id), nil
}

// Two pieces with the handler's work between them: the response begins long before it ends.
func stream(ctx context.Context, in event) (*events.LambdaFunctionURLStreamingResponse, error) {
	reader, writer := io.Pipe()
	go func() {
		writer.Write([]byte(`{"pieces": "`))
		result, err := handle(ctx, in)
		body, _ := json.Marshal(result)
		writer.Write([]byte(strings.Repeat("x", 3000) + `", ` + string(body[1:])))
		writer.CloseWithError(err)
	}()
	return &events.LambdaFunctionURLStreamingResponse{Body: reader}, nil
}

func main() {
	started, _ := strconv.ParseInt(os.Getenv("STARTED_US"), 10, 64)
	ready = initTruth{started, nowNs()}
	if plan[len(plan)-1] == "stream" {
		lambda.Start(stream)
	}
	lambda.Start(handle)
}
