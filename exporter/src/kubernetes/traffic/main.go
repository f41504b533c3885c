// SPDX-License-Identifier: Apache-2.0

// The connections of the cluster's test workloads, of known outcome. Each process appends a line of JSON for each connection to a
// file in /truth, which names its pod and container, and prints it too.
//
//	traffic serve PORT
//	traffic dial HOST PORT CLOSED_PORT COUNT PAUSE_MS [then wait | then eat]
//	traffic hold HOST PORT COUNT
//
// Of ten connections that dial makes one is refused at CLOSED_PORT, and one is reset by the server. With COUNT 0 it goes on until
// SIGTERM. With "then eat" the process keeps the last ten open and takes memory until it is killed. hold keeps its connections open
// until SIGTERM. Both begin once there is a file /truth/$GATE, if GATE is set.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const headBytes = 9 // size of the request, size of the answer, whether to reset

type connection struct {
	Role     string `json:"role"`
	Local    string `json:"local"`
	Peer     string `json:"peer"`
	Outcome  string `json:"outcome"` // closed, refused, reset by the peer, reset here
	Sent     int    `json:"sent"`
	Received int    `json:"received"`
	BeganNs  int64  `json:"beganNs"` // before connect(), or after accept()
	EndedNs  int64  `json:"endedNs"` // 0: still open
}

type truth struct {
	mutex sync.Mutex
	file  *os.File
}

func open() *truth {
	name := fmt.Sprintf("%s_%s_%s.jsonl", os.Getenv("POD_NAMESPACE"), os.Getenv("POD_NAME"), os.Getenv("CONTAINER"))
	file, err := os.OpenFile(filepath.Join("/truth", name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	check(err)
	return &truth{file: file}
}

func (t *truth) tell(c connection) {
	line, err := json.Marshal(c)
	check(err)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	_, err = t.file.Write(append(line, '\n'))
	check(err)
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

// Waits until the peer has acknowledged all that was sent: a reset would discard the rest.
func awaitAcknowledged(c *net.TCPConn) {
	raw, err := c.SyscallConn()
	check(err)
	for left := int32(1); left > 0; time.Sleep(time.Millisecond) {
		check(raw.Control(func(fd uintptr) {
			syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&left)))
		}))
	}
}

func answer(t *truth, c *net.TCPConn) {
	told := connection{Role: "server", Local: c.LocalAddr().String(), Peer: c.RemoteAddr().String(), Outcome: "closed",
		BeganNs: time.Now().UnixNano()}
	head := make([]byte, headBytes)
	_, err := io.ReadFull(c, head)
	check(err)
	request, size := int(binary.BigEndian.Uint32(head)), int(binary.BigEndian.Uint32(head[4:]))
	_, err = io.CopyN(io.Discard, c, int64(request-headBytes))
	check(err)
	_, err = c.Write(make([]byte, size))
	check(err)
	told.Sent, told.Received = size, request
	if head[8] != 0 {
		awaitAcknowledged(c)
		check(c.SetLinger(0))
		told.Outcome = "reset here"
	} else {
		_, err = io.Copy(io.Discard, c)
		check(err)
	}
	check(c.Close())
	told.EndedNs = time.Now().UnixNano()
	t.tell(told)
}

func serve(t *truth, port string) {
	listener, err := net.Listen("tcp4", ":"+port)
	check(err)
	check(os.WriteFile(filepath.Join("/truth", os.Getenv("POD_NAME")+".listening"), nil, 0o644))
	for {
		c, err := listener.Accept()
		check(err)
		go answer(t, c.(*net.TCPConn))
	}
}

type dialer struct {
	used  map[int]bool
	local string // this pod's address towards the server
	port  int
}

func newDialer(host string) *dialer {
	c, err := net.Dial("udp4", net.JoinHostPort(host, "9")) // sends nothing
	check(err)
	defer c.Close()
	return &dialer{used: map[int]bool{}, local: c.LocalAddr().(*net.UDPAddr).IP.String()}
}

// Binds to a port that no connection before had, so that the port of a refused one is known and each is told from all others.
func (d *dialer) bind(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		if failed = syscall.Bind(int(fd), &syscall.SockaddrInet4{}); failed != nil {
			return
		}
		var address syscall.Sockaddr
		if address, failed = syscall.Getsockname(int(fd)); failed == nil {
			d.port = address.(*syscall.SockaddrInet4).Port
			if d.used[d.port] {
				failed = syscall.EADDRINUSE
			}
		}
	})
	return errors.Join(err, failed)
}

func (d *dialer) dial(peer string) (net.Conn, connection, error) {
	for {
		began := time.Now().UnixNano()
		c, err := (&net.Dialer{Control: d.bind}).Dial("tcp4", peer)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		d.used[d.port] = true
		local := net.JoinHostPort(d.local, strconv.Itoa(d.port))
		return c, connection{Role: "client", Local: local, Peer: peer, BeganNs: began}, err
	}
}

// Sends a request and reads its answer.
func ask(c net.Conn, told *connection, request, size int, reset byte) {
	sent := make([]byte, request)
	binary.BigEndian.PutUint32(sent, uint32(request))
	binary.BigEndian.PutUint32(sent[4:], uint32(size))
	sent[8] = reset
	_, err := c.Write(sent)
	check(err)
	_, err = io.ReadFull(c, make([]byte, size))
	check(err)
	told.Sent, told.Received, told.Outcome = request, size, "closed"
}

func end(t *truth, c net.Conn, told connection) {
	check(c.Close())
	told.EndedNs = time.Now().UnixNano()
	t.tell(told)
}

// One connection; returned if it is to stay open.
func one(t *truth, d *dialer, host, port, closed string, i int, keep bool) net.Conn {
	if i%10 == 8 {
		_, told, err := d.dial(net.JoinHostPort(host, closed))
		if !errors.Is(err, syscall.ECONNREFUSED) {
			panic(fmt.Sprint("not refused: ", err))
		}
		told.Outcome, told.EndedNs = "refused", time.Now().UnixNano()
		t.tell(told)
		return nil
	}
	c, told, err := d.dial(net.JoinHostPort(host, port))
	check(err)
	reset := i%10 == 9
	flag := byte(0)
	if reset {
		flag = 1
	}
	ask(c, &told, 100+i, 2000+3*i, flag)
	if reset {
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			panic(fmt.Sprint("not reset: ", err))
		}
		told.Outcome = "reset by the peer"
	} else if keep {
		t.tell(told)
		return c
	}
	end(t, c, told)
	return nil
}

func eat() {
	var eaten [][]byte
	for {
		more := make([]byte, 1<<20)
		for i := 0; i < len(more); i += 4096 {
			more[i] = 1
		}
		eaten = append(eaten, more)
		time.Sleep(time.Millisecond)
		if len(eaten) > 1<<12 {
			panic("not killed")
		}
	}
}

func atEnd() <-chan os.Signal {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	return ended
}

func dial(t *truth, a []string) {
	host, port, closed, count, pause := a[0], a[1], a[2], number(a[3]), time.Duration(number(a[4]))*time.Millisecond
	then := ""
	if len(a) == 7 {
		then = a[6]
	}
	if count == 0 {
		dialUntilEnd(t, host, port, closed, pause)
		return
	}
	d, kept := newDialer(host), []net.Conn{}
	for i := range count {
		if c := one(t, d, host, port, closed, i, then == "eat" && i >= count-12); c != nil {
			kept = append(kept, c)
		}
		time.Sleep(pause)
	}
	switch then {
	case "eat":
		eat()
	case "wait":
		<-atEnd()
	}
	fmt.Println("kept open:", len(kept))
}

func dialUntilEnd(t *truth, host, port, closed string, pause time.Duration) {
	ended, d := atEnd(), newDialer(host)
	for i := 0; len(ended) == 0; i++ {
		one(t, d, host, port, closed, i, false)
		time.Sleep(pause)
	}
}

func hold(t *truth, host, port string, count int) {
	ended, d := atEnd(), newDialer(host)
	held, told := make([]net.Conn, count), make([]connection, count)
	for i := range count {
		var err error
		held[i], told[i], err = d.dial(net.JoinHostPort(host, port))
		check(err)
		ask(held[i], &told[i], 100+i, 2000+3*i, 0)
	}
	check(os.WriteFile(filepath.Join("/truth", os.Getenv("POD_NAME")+".holding"), nil, 0o644))
	<-ended
	for i := range count {
		end(t, held[i], told[i])
	}
}

func awaitGate() {
	gate := os.Getenv("GATE")
	for gate != "" {
		if _, err := os.Stat(filepath.Join("/truth", gate)); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func main() {
	t, a := open(), os.Args[2:]
	awaitGate()
	switch os.Args[1] {
	case "serve":
		serve(t, a[0])
	case "dial":
		dial(t, a)
	case "hold":
		hold(t, a[0], a[1], number(a[2]))
	}
}
