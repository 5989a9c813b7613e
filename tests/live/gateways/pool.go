// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

// Command pool does what sam.c does, in a language that moves its work from thread to thread: that a thread
// received one request and sent another on proves nothing here.
//
//	pool PORT NAME=EMULATOR-PORT,EMULATOR-PORT...
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

// A container's port is in its function's channel while it is free.
var containers = map[string]chan string{}

func load(arguments []string) {
	for _, argument := range arguments {
		name, ports, _ := strings.Cut(argument, "=")
		containers[name] = make(chan string, 64)
		for _, port := range strings.Split(ports, ",") {
			containers[name] <- port
		}
	}
}

func serve(writer http.ResponseWriter, request *http.Request) {
	parts := strings.Split(request.URL.Path, "/") // "", version, "functions", NAME, "invocations"
	if len(parts) < 5 || containers[parts[3]] == nil {
		http.NotFound(writer, request)
		return
	}
	free := containers[parts[3]]
	port := <-free
	defer func() { free <- port }()
	url := "http://127.0.0.1:" + port + "/2015-03-31/functions/function/invocations"
	event, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	reply, err := http.Post(url, "application/json", strings.NewReader(string(event)))
	if err != nil {
		writer.WriteHeader(http.StatusBadGateway)
		return
	}
	defer reply.Body.Close()
	writer.Header().Set("Content-Type", "application/json")
	io.Copy(writer, reply.Body)
}

func main() {
	load(os.Args[2:])
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(serve)))
}
