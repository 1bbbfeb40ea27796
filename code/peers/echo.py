"""The echo server in Python: `python3 code/peers/echo.py 8000`, and a netcat
for each who comes. A port of 0 asks for any free one.

It is the "TCP Echo Server" of asyncio's documentation, with a protocol for each
client, and it stops reading while a client does not take what is written.
asyncio sets TCP_NODELAY by itself. Its queue is of 100 clients, if nothing else
is said.
"""

import asyncio
import resource
import sys


class EchoProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main(port):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        EchoProtocol, "127.0.0.1", port, backlog=4096
    )
    port = server.sockets[0].getsockname()[1]
    print(f"Listening on port {port}...", flush=True)
    async with server:
        await server.serve_forever()


# A socket takes a descriptor, and many systems allow 1,024 at first.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
