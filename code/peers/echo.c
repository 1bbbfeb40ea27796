/* The echo server in C: `cc -O2 -o echo code/peers/echo.c && ./echo 8000`, and
 * a netcat for each who comes. A port of 0 asks for any free one. Linux only.
 *
 * One thread and epoll, with the plain loop of the manual page: no library and
 * no optimization that cannot be read. Each socket is watched for reading, and
 * level-triggered. What a client does not take waits in memory of its own, and
 * until it is taken, nothing is read from that client. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 4096, EVENTS = 256, PAUSE = 200 /* milliseconds */ };

struct client {
	int fd;
	size_t start, end;	/* what waits, in `waiting` */
	char *waiting;		/* NULL: nothing does */
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* A socket takes a descriptor, and many systems allow 1,024 at first. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail("setrlimit");
}

static int listen_on(int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof addr;
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&addr, sizeof addr))
		fail("bind");
	if (listen(fd, SOMAXCONN))
		fail("listen");
	getsockname(fd, (struct sockaddr *)&addr, &size);
	printf("Listening on port %d...\n", ntohs(addr.sin_port));
	fflush(stdout);
	return fd;
}

static void watch(int epoll, int how, struct client *client, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = client };

	if (epoll_ctl(epoll, how, client->fd, &event))
		fail("epoll_ctl");
}

/* Closing the socket takes it out of the epoll, too. */
static void leave(struct client *client)
{
	close(client->fd);
	free(client->waiting);
	free(client);
}

/* Takes all who have come, and returns whether it could: there may be no
 * descriptor left. An error of one of them is no error of ours. */
static int welcome(int epoll, int listener)
{
	int on = 1;

	for (;;) {
		struct client *client;
		int fd = accept4(listener, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		client = calloc(1, sizeof *client);
		if (!client)
			fail("calloc");
		client->fd = fd;
		watch(epoll, EPOLL_CTL_ADD, client, EPOLLIN);
	}
}

/* Writes, and returns how much was taken, or -1 if the client is gone. */
static ssize_t give(struct client *client, const char *bytes, size_t size)
{
	for (;;) {
		ssize_t taken = send(client->fd, bytes, size, MSG_NOSIGNAL);

		if (taken >= 0)
			return taken;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return 0;
		if (errno != EINTR)
			return -1;
	}
}

/* Reads once, and writes that back. If more has come, epoll says so again. */
static void echo(int epoll, struct client *client)
{
	static char buffer[BUFFER];
	ssize_t size, taken;

	do
		size = read(client->fd, buffer, BUFFER);
	while (size < 0 && errno == EINTR);
	if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (size <= 0 || (taken = give(client, buffer, size)) < 0) {
		leave(client);
		return;
	}
	if (taken == size)
		return;
	client->waiting = malloc(BUFFER);
	if (!client->waiting)
		fail("malloc");
	client->start = 0;
	client->end = size - taken;
	memcpy(client->waiting, buffer + taken, client->end);
	watch(epoll, EPOLL_CTL_MOD, client, EPOLLOUT);
}

/* Goes on with what waits for a client. */
static void echo_rest(int epoll, struct client *client)
{
	ssize_t taken = give(client, client->waiting + client->start,
			     client->end - client->start);

	if (taken < 0) {
		leave(client);
		return;
	}
	client->start += taken;
	if (client->start < client->end)
		return;
	free(client->waiting);
	client->waiting = NULL;
	watch(epoll, EPOLL_CTL_MOD, client, EPOLLIN);
}

int main(int count, char **words)
{
	struct epoll_event events[EVENTS];
	struct client listener = { 0 };
	int is_full = 0;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
		fail("epoll_create1");
	allow_descriptors();
	listener.fd = listen_on(count > 1 ? atoi(words[1]) : 8000);
	watch(epoll, EPOLL_CTL_ADD, &listener, EPOLLIN);
	for (;;) {
		int ready = epoll_wait(epoll, events, EVENTS,
				       is_full ? PAUSE : -1);

		if (ready < 0 && errno != EINTR)
			fail("epoll_wait");
		if (is_full)
			watch(epoll, EPOLL_CTL_MOD, &listener, EPOLLIN);
		is_full = 0;
		for (int i = 0; i < ready; i++) {
			struct client *client = events[i].data.ptr;

			if (client == &listener)
				is_full = !welcome(epoll, listener.fd);
			else if (client->waiting)
				echo_rest(epoll, client);
			else
				echo(epoll, client);
		}
		/* Who waits would be announced again and again. */
		if (is_full)
			watch(epoll, EPOLL_CTL_MOD, &listener, 0);
	}
}
