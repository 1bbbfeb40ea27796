// The echo server in Go: `go run code/peers/echo.go 8000`, and a netcat for
// each who comes. A port of 0 asks for any free one.
//
// A goroutine for each client, as the documentation of the package net has it.
// `io.Copy(conn, conn)` would be shorter, but it takes a pipe of the system for
// each client, and with it two more descriptors. Go allows itself all
// descriptors that it may have, takes the system's longest queue, and sets
// TCP_NODELAY by itself.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"time"
)

func echo(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	for {
		size, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if _, err := conn.Write(buffer[:size]); err != nil {
			return
		}
	}
}

func main() {
	port := "8000"
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Listening on port %d...\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := listener.Accept()
		if err != nil {
			// With no descriptor left, some have to leave first. (The
			// package itself goes on after a connection that broke.)
			log.Print(err)
			time.Sleep(200 * time.Millisecond)
			continue
		}
		go echo(conn)
	}
}
