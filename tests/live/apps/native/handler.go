// Go handlers on several goroutines: 20 ms of work on a deep stack (it grows, so that a function's start is
// run twice), 30 ms of sleep, after which it may go on on another thread. Every fourth call panics after the
// work, which is recovered above it.
//
//	handler_go GOROUTINES ROUNDS
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type truth struct {
	Function  string  `json:"function"`
	RequestID string  `json:"request_id"`
	Pid       int     `json:"pid"`
	StartNs   int64   `json:"start_ns"`
	EndNs     int64   `json:"end_ns"`
	BusyNs    int64   `json:"busy_ns"`
	TimerNs   int64   `json:"timer_ns"`
	CausedBy  *string `json:"caused_by"`
	Calls     []int   `json:"calls"`
}

// CLOCK_MONOTONIC, which package time keeps to itself.
func now() int64 {
	var spec syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&spec)), 0)
	return spec.Nano()
}

//go:noinline
func deepen(levels int, end int64) int {
	var pad [512]byte
	if levels == 0 {
		for now() < end {
		}
		return int(pad[0])
	}
	pad[levels%512] = byte(levels)
	return deepen(levels-1, end) + int(pad[0])
}

func tell(t truth) {
	line, _ := json.Marshal(t)
	fmt.Printf("IDLETAX-TRUTH %s\n", line)
}

//go:noinline
func handle(id string, fails, panics bool) (int, error) {
	var pad [3000]byte
	t := truth{Function: "go", RequestID: id, Pid: os.Getpid(), StartNs: now(), Calls: []int{}}
	pad[0] = byte(deepen(20, t.StartNs+20_000_000))
	slept := now()
	t.BusyNs = slept - t.StartNs
	if panics {
		t.Function = "panicking"
		t.EndNs = slept
		tell(t)
		panic("as planned")
	}
	time.Sleep(30 * time.Millisecond)
	t.EndNs = now()
	t.TimerNs = t.EndNs - slept
	tell(t)
	if fails {
		return 0, fmt.Errorf("as planned")
	}
	return int(pad[0]), nil
}

func main() {
	goroutines, _ := strconv.Atoi(os.Args[1])
	rounds, _ := strconv.Atoi(os.Args[2])
	var all sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for j := 0; j < rounds; j++ {
				done := make(chan bool)
				go func() { // of its own: its stack is small again
					defer func() {
						recover()
						done <- true
					}()
					handle(fmt.Sprintf("go-%d-%d", i, j), j%3 == 2, j%4 == 1)
				}()
				<-done
				time.Sleep(5 * time.Millisecond)
			}
		}(i)
	}
	all.Wait()
}
