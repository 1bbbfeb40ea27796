// The room of `chat` as it is written in Go: `go run code/peers/room.go 8000`,
// and a netcat for each who comes. A port of 0 asks for any free one.
//
// The room is a goroutine that owns its members, and has a channel for each
// thing that can be asked of it. A member has a goroutine that reads and one
// that writes. The writer takes all lines that wait for it and sends them at
// once, as the chat in the examples of gorilla/websocket does.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"sort"
	"strings"
)

// So many lines may wait for a member. Who does not take them has to leave.
const waiting = 1000

type member struct {
	name  string
	lines chan string
}

type joining struct {
	member *member
	answer chan bool
}

type room struct {
	joins  chan joining
	leaves chan *member
	says   chan string
	who    chan chan []string
}

// run owns the members. Nobody else touches them.
func (r *room) run() {
	members := make(map[string]*member)
	tellAll := func(line string) {
		for name, member := range members {
			select {
			case member.lines <- line:
			default:
				delete(members, name)
				close(member.lines)
			}
		}
	}
	for {
		select {
		case join := <-r.joins:
			name := join.member.name
			_, taken := members[name]
			if !taken {
				members[name] = join.member
				tellAll("* " + name + " has joined\n")
			}
			join.answer <- !taken
		case member := <-r.leaves:
			if members[member.name] == member {
				delete(members, member.name)
				close(member.lines)
			}
			tellAll("* " + member.name + " has left\n")
		case line := <-r.says:
			tellAll(line)
		case answer := <-r.who:
			names := make([]string, 0, len(members))
			for name := range members {
				names = append(names, name)
			}
			sort.Strings(names)
			answer <- names
		}
	}
}

// converse reads what the person at the other end says.
func (r *room) converse(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "* who are you?\n")
	said := bufio.NewScanner(conn)
	member := r.introduce(conn, said)
	if member == nil {
		return
	}
	written := make(chan struct{})
	go func() {
		write(conn, member.lines)
		close(written)
	}()
	for said.Scan() && r.obey(conn, member.name, strings.TrimSpace(said.Text())) {
	}
	r.leaves <- member
	<-written
}

// introduce asks for a name until there is one that can be had.
func (r *room) introduce(conn net.Conn, said *bufio.Scanner) *member {
	for said.Scan() {
		name := strings.TrimSpace(said.Text())
		if name == "" {
			fmt.Fprint(conn, "* a name has at least one letter\n")
			continue
		}
		member := &member{name, make(chan string, waiting)}
		answer := make(chan bool)
		r.joins <- joining{member, answer}
		if <-answer {
			return member
		}
		fmt.Fprint(conn, "* somebody else has that name\n")
	}
	return nil
}

// obey does what a member wants, and returns whether it stays.
func (r *room) obey(conn net.Conn, name, words string) bool {
	switch {
	case words == "/leave":
		return false
	case words == "/who":
		answer := make(chan []string)
		r.who <- answer
		fmt.Fprintf(conn, "* here: %s\n", strings.Join(<-answer, ", "))
	case words == "":
		fmt.Fprint(conn, "* you have said nothing\n")
	case strings.HasPrefix(words, "/"):
		fmt.Fprint(conn, "* there are /who and /leave\n")
	default:
		r.says <- name + ": " + words + "\n"
	}
	return true
}

// write sends the lines of a mailbox until it is closed.
func write(conn net.Conn, lines <-chan string) {
	defer conn.Close()
	out := bufio.NewWriter(conn)
	for line := range lines {
		out.WriteString(line)
		for more := len(lines); more > 0; more-- {
			out.WriteString(<-lines)
		}
		if out.Flush() != nil {
			conn.Close() // The reader ends, and leaves the room.
		}
	}
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("a port is wanted")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Listening on port %d...\n", listener.Addr().(*net.TCPAddr).Port)
	room := &room{
		make(chan joining), make(chan *member), make(chan string), make(chan chan []string),
	}
	go room.run()
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go room.converse(conn)
	}
}
