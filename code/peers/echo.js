// The echo server for Node: `node code/peers/echo.js 8000`, and a netcat for
// each who comes. A port of 0 asks for any free one.
//
// It is the server of the documentation of `net.createServer`: what comes is
// piped back, and the pipe waits when a client does not read. Node allows
// itself all descriptors that it may have. Its queue is of 511 clients, if
// nothing else is said.
const net = require("node:net");

const server = net.createServer({ noDelay: true }, (socket) => {
  // A client that breaks off is an error of its own, not of the server.
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});

const port = Number(process.argv[2] ?? 8000);
server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => {
  console.log(`Listening on port ${server.address().port}...`);
});
