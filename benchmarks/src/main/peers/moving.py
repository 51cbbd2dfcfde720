"""One end of a conversation over the kernel: moving.py mptcp|tcp listen|connect PORT [ADDRESS].

Both ends write some octets every millisecond and note when the peer's arrive. A line of a time (ns, monotonic) on standard
input is answered by "result FIRST GAP": from then to the first arrival, and the longest gap since. With "moved" on standard
input a tcp client opens a new connection, as an application does that is told of its new address at once.
"""
import socket, sys, threading, time

kind, role, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
PROTOCOL = 262 if kind == "mptcp" else 0  # IPPROTO_MPTCP
arrivals = []
current = []


def say(text):
    print(text, flush=True)


def connect():
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, PROTOCOL)
    made.connect((sys.argv[4], port))
    return made


def take(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    current[:] = [connection]
    threading.Thread(target=read, args=(connection,), daemon=True).start()


def read(connection):
    try:
        while connection.recv(65536):
            arrivals.append(time.monotonic_ns())
    except OSError:
        pass  # The connection that was left.


def write():
    while True:
        for connection in current:
            try:
                connection.send(b"x" * 16, socket.MSG_DONTWAIT)
            except OSError:
                pass  # Full, or left.
        time.sleep(0.001)


def accept(listener):
    while True:
        take(listener.accept()[0])


if role == "listen":
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, PROTOCOL)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    listener.listen(5)
    say("ready")
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
else:
    take(connect())
threading.Thread(target=write, daemon=True).start()
say("connected")
for line in sys.stdin:
    if line.strip() == "moved":
        take(connect())
        continue
    since = int(line)
    seen = list(arrivals)
    first = next((at - since for at in seen if at > since), -1)
    gaps = [b - a for a, b in zip(seen, seen[1:]) if b > since]
    say("result %d %d" % (first, max(gaps, default=0)))
