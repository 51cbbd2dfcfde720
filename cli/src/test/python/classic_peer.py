"""An independent peer of the classic Migrate exchange, on raw packets: shares no code with the product.

Makes a TUN device `peer0`, speaks TCP from any address of 10.8.0.0/24 through it, and plays one story after the other
against the services at 10.7.0.2. Usage: classic_peer.py exid|paper. Prints a line a story; exit code 0 if all held.
"""
import fcntl, hashlib, os, random, select, struct, subprocess, sys, time

PAPER = sys.argv[1] == "paper"
SERVICE = "10.7.0.2"
ECHO, SOURCE = 7007, 1919
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
M32 = 0xFFFFFFFF

# ---- P-192 (SEC 2), affine

P = 2**192 - 2**64 - 1
A = P - 3
B = 0x64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1
N = 0xFFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831
G = (0x188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012, 0x07192B95FFC8DA78631011ED6B24CDD573F977A11E794811)


def add(p, q):
    if p is None:
        return q
    if q is None:
        return p
    if p[0] == q[0] and (p[1] + q[1]) % P == 0:
        return None
    s = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (s * s - p[0] - q[0]) % P
    return x, (s * (p[0] - x) - p[1]) % P


def times(k, p):
    r = None
    while k:
        if k & 1:
            r = add(r, p)
        p = add(p, p)
        k >>= 1
    return r


def compress(p):
    return (bytes([2 + (p[1] & 1)]) + p[0].to_bytes(24, "big")).rjust(25, b"\0")


def decompress(k):
    assert len(k) == 25 and k[0] in (2, 3), k.hex()
    x = int.from_bytes(k[1:], "big")
    y = pow(x**3 + A * x + B, (P + 1) // 4, P)
    assert (y * y - x**3 - A * x - B) % P == 0, "not on the curve"
    return x, y if y & 1 == k[0] & 1 else P - y


# ---- TUN, IPv4, TCP

def checksum(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def address(text):
    return bytes(map(int, text.split(".")))


tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"peer0", 0x1001))
subprocess.run("ip link set peer0 up && ip route add 10.8.0.0/24 dev peer0", shell=True, check=True)


class Segment:
    """One segment of the service."""

    def __init__(self, packet):
        ihl = (packet[0] & 15) * 4
        self.dst = ".".join(map(str, packet[16:20]))
        tcp = packet[ihl:int.from_bytes(packet[2:4], "big")]
        pseudo = packet[12:20] + struct.pack("!BBH", 0, 6, len(tcp))
        assert checksum(pseudo + tcp) == 0, "bad checksum"
        self.sport, self.dport, self.seq, self.ack, off, self.flags, self.window = struct.unpack("!HHIIBBH", tcp[:16])
        options, self.text, self.options, i = tcp[20:(off >> 4) * 4], tcp[(off >> 4) * 4:], {}, 0
        while i < len(options) and options[i]:
            if options[i] == 1:
                i += 1
                continue
            assert options[i + 1] >= 2 and i + options[i + 1] <= len(options), options.hex()
            self.options[options[i]] = options[i + 2:i + options[i + 1]]
            i += options[i + 1]
        self.ts = struct.unpack("!II", self.options[8]) if 8 in self.options else None

    def __repr__(self):
        names = "".join(n for f, n in ((SYN, "S"), (ACK, "A"), (RST, "R"), (FIN, "F"), (PSH, "P")) if self.flags & f)
        return f"{self.dst}:{self.dport} {names} seq {self.seq} ack {self.ack} {len(self.text)} {self.options}"


def transmit(src, sport, dport, seq, ack, flags, options=b"", text=b"", window=65535):
    options += b"\1" * (-len(options) % 4)
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq & M32, ack & M32, (20 + len(options)) // 4 << 4, flags, window, 0, 0)
    tcp += options + text
    pseudo = address(src) + address(SERVICE) + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + address(src) + address(SERVICE)
    os.write(tun, ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp)


waiting = []


def receive(dst, dport, seconds=2.0, want=lambda s: True):
    """The next segment to this address and port that is wanted; None if none comes. Others wait for their turn."""
    deadline = time.monotonic() + seconds
    while True:
        for s in waiting:
            if s.dst == dst and s.dport == dport and want(s):
                waiting.remove(s)
                return s
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([tun], [], [], left)[0]:
            return None
        packet = os.read(tun, 65536)
        if packet[0] >> 4 == 4 and packet[9] == 6:
            waiting.append(Segment(packet))


def expect(dst, dport, what, seconds=2.0, want=lambda s: True):
    s = receive(dst, dport, seconds, want)
    assert s is not None, f"no {what} at {dst}:{dport}; waiting: {waiting[-5:]}"
    return s


# ---- Migrate

def permitted(key):
    return (b"\x0f\x14\x01" if PAPER else b"\xfd\x15\x4dP") + key


def migrate(req_no, token, request):
    body = bytes([req_no]) + token + request
    return (b"\x10\x13" if PAPER else b"\xfd\x15\x4dR") + body


def their_key(s):
    """The 17 octets of their Migrate-Permitted, or None."""
    if PAPER:
        return s.options[15][1:] if 15 in s.options and s.options[15][0] == 1 else None
    return s.options[253][2:] if s.options.get(253, b"")[:2] == b"MP" else None


class Connection:
    def __init__(self, src, dport, offer=True, sport=None):
        self.src, self.dport, self.sport = src, dport, sport or random.randrange(20000, 60000)
        self.iss = random.getrandbits(32)
        self.x = random.randrange(1, N)
        self.key = compress(times(self.x, G))
        self.offer = offer
        self.tsval, self.tsecr = struct.unpack("!II", self.key[17:]) if offer else (random.getrandbits(32), 0)
        self.born = time.monotonic()
        waiting.clear()

    def syn_options(self):
        ts = b"\x08\x0a" + struct.pack("!II", self.tsval, self.tsecr)
        return b"\x02\x04\x05\xb4\x04\x02" + ts + (permitted(self.key[:17]) if self.offer else b"")

    def clock(self):
        return (self.tsval + int((time.monotonic() - self.born) * 1000)) & M32

    def timestamps(self):
        return b"\1\1\x08\x0a" + struct.pack("!II", self.clock(), self.ts_recent)

    def connect(self):
        transmit(self.src, self.sport, self.dport, self.iss, 0, SYN, self.syn_options())
        s = expect(self.src, self.sport, "SYN/ACK")
        assert s.flags & (SYN | ACK) == SYN | ACK and s.ack == (self.iss + 1) & M32, s
        self.synack, self.irs, self.ts_recent = s, s.seq, s.ts[0] if s.ts else 0
        self.snd_nxt, self.rcv_nxt = self.iss + 1 & M32, self.irs + 1 & M32
        key = their_key(s)
        self.migratable = key is not None
        if self.migratable:
            full = key + struct.pack("!II", *s.ts)
            self.k = times(self.x, decompress(full))[0].to_bytes(24, "big").rjust(25, b"\0")
            self.token = self.hash()[:8]
        self.send(b"")
        return self

    def hash(self, *more):
        return hashlib.sha1(struct.pack("!II", self.iss, self.irs) + self.k + b"".join(more)).digest()

    def request(self, s, req_no):
        return self.hash(struct.pack("!I", s & M32), bytes([req_no]))[:8]

    def send(self, text, flags=ACK):
        transmit(self.src, self.sport, self.dport, self.snd_nxt, self.rcv_nxt, flags, self.timestamps(), text)
        self.snd_nxt = self.snd_nxt + len(text) + (1 if flags & FIN else 0) & M32

    def take(self, s):
        if s.ts:
            self.ts_recent = s.ts[0]
        if s.seq == self.rcv_nxt:
            self.rcv_nxt = self.rcv_nxt + len(s.text) & M32
            return s.text
        return b""

    def read(self, count, seconds=5.0):
        """So many octets in order, each segment acknowledged."""
        got, deadline = b"", time.monotonic() + seconds
        while len(got) < count and time.monotonic() < deadline:
            s = receive(self.src, self.sport, deadline - time.monotonic(), lambda s: s.text and not s.flags & SYN)
            if s:
                got += self.take(s)
                self.send(b"")
        assert len(got) >= count, f"{len(got)} of {count} octets; waiting: {waiting[-5:]}"
        return got

    def settle(self):
        """Until nothing comes any more."""
        while receive(self.src, self.sport, 0.3):
            pass

    def echo(self, text):
        self.send(text, ACK | PSH)
        got = self.read(len(text))
        assert got == text, (got, text)

    def migrate_syn(self, src, req_no, s=None, request=None, token=None, sport=None, options=b""):
        s = self.snd_nxt - 1 & M32 if s is None else s
        option = migrate(req_no, token or self.token, request or self.request(s, req_no))
        transmit(src, sport or self.sport, self.dport, s, 0, SYN, options + option)
        return s

    def move(self, src, req_no, sport=None, **how):
        """The whole exchange; the connection lives at the new address afterwards."""
        s = self.migrate_syn(src, req_no, sport=sport, **how)
        answer = expect(src, sport or self.sport, "Migrate SYN/ACK", want=lambda a: a.flags & SYN)
        assert answer.flags & (SYN | ACK | RST) == SYN | ACK, answer
        assert answer.ack == self.snd_nxt, f"acknowledges {answer.ack}, not {self.snd_nxt}"
        assert 16 not in answer.options, answer
        self.src, self.sport = src, sport or self.sport
        self.send(b"")
        return s, answer


# ---- stories

def negotiates_and_echoes():
    c = Connection("10.8.0.1", ECHO).connect()
    assert c.migratable, c.synack
    assert 4 in c.synack.options and 2 in c.synack.options and 8 in c.synack.options, c.synack
    c.echo(b"over the handshake's path")


def moves_and_echoes():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"before")
    c.move("10.8.0.2", 1)
    c.echo(b"after the first move")
    c.move("10.8.0.3", 2, sport=c.sport + 1)
    c.echo(b"after the second, to another port")
    c.move("10.8.0.1", 3, sport=c.sport - 1)
    c.echo(b"and back to where it began")


def repeats_its_answer_to_a_repeated_syn():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    s = c.migrate_syn("10.8.0.2", 1)
    first = expect("10.8.0.2", c.sport, "SYN/ACK")
    c.migrate_syn("10.8.0.2", 1, s=s)
    second = expect("10.8.0.2", c.sport, "the same SYN/ACK", 0.9)
    assert (first.seq, first.ack, first.flags) == (second.seq, second.ack, second.flags), (first, second)
    assert receive("10.8.0.2", c.sport, 3, lambda a: a.flags & SYN), "repeats it by itself when nothing answers"
    c.src = "10.8.0.2"
    c.echo(b"text alone completes the move")


def text_instead_of_the_last_ack():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    c.migrate_syn("10.8.0.2", 1)
    expect("10.8.0.2", c.sport, "SYN/ACK")
    c.src = "10.8.0.2"
    c.echo(b"the ACK was lost")


def refuses_what_is_not_proved():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    s = c.migrate_syn("10.8.0.66", 1, request=b"wrong!!!")
    reset = expect("10.8.0.66", c.sport, "RST to a wrong request")
    assert reset.flags & RST and reset.ack == s + 1 & M32, reset
    s = c.migrate_syn("10.8.0.66", 1, token=b"unknown!")
    reset = expect("10.8.0.66", c.sport, "RST to an unknown token")
    assert reset.flags & RST and reset.ack == s + 1 & M32, reset
    c.echo(b"the connection goes on untouched")


def drops_stale_requests():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    s, _ = c.move("10.8.0.2", 5)
    c.echo(b"y")
    waiting.clear()
    c.migrate_syn("10.8.0.66", 4, s=s)
    assert receive("10.8.0.66", c.sport, 0.5) is None, "a smaller number is dropped in silence"
    c.migrate_syn("10.8.0.66", 5, s=s)
    assert receive("10.8.0.66", c.sport, 0.5) is None, "a complete move's request does nothing elsewhere"
    c.echo(b"still at the second address")
    c.move("10.8.0.3", 6)
    c.echo(b"and the next number is good")


def number_wraps():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    c.move("10.8.0.2", 120)
    c.echo(b"y")
    c.move("10.8.0.3", 3)
    c.echo(b"3 is later than 120")


def takes_options_of_firewalls():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    c.move("10.8.0.2", 1, options=b"\x02\x04\x05\xb4\x04\x02")
    c.echo(b"MSS and SACK in the Migrate SYN")


def stream_goes_on_without_a_gap():
    c = Connection("10.8.0.1", SOURCE).connect()
    count = 0
    for i, src in enumerate(("10.8.0.2", "10.8.0.3", "10.8.0.2")):
        got = c.read(20_000)
        assert all(o == (count + n) % 251 for n, o in enumerate(got)), "wrong octet"
        count += len(got)
        waiting.clear()
        _, answer = c.move(src, i + 1)
        # Ahead of us by what was under way, never behind what we have acknowledged.
        assert answer.seq + 1 - c.rcv_nxt & M32 < 1 << 30 or c.rcv_nxt - answer.seq & M32 <= 1, answer
    got = c.read(20_000)
    assert all(o == (count + n) % 251 for n, o in enumerate(got)), "wrong octet after the last move"


def reset_is_waited_out():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    c.settle()
    transmit(c.src, c.sport, c.dport, c.snd_nxt, c.rcv_nxt, RST | ACK, c.timestamps())
    said = receive(c.src, c.sport, 0.5)
    assert said is None, f"says {said} while it waits"
    c.move("10.8.0.2", 1)
    c.echo(b"alive after the reset")


def blind_reset_is_challenged():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    transmit(c.src, c.sport, c.dport, c.snd_nxt + 100, c.rcv_nxt, RST | ACK, c.timestamps())
    challenge = expect(c.src, c.sport, "challenge ACK")
    assert challenge.flags == ACK and challenge.ack == c.snd_nxt, challenge
    c.echo(b"goes on")


def closes_after_a_move():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    c.move("10.8.0.2", 1)
    c.send(b"", FIN | ACK)
    fin = expect(c.src, c.sport, "FIN", want=lambda s: s.flags & FIN)
    assert fin.ack == c.snd_nxt, fin
    c.rcv_nxt = c.rcv_nxt + 1 & M32
    c.send(b"")


def half_closed_connection_moves():
    c = Connection("10.8.0.1", SOURCE).connect()
    first = c.read(3_000)
    c.send(b"", FIN | ACK)
    more = c.read(3_000)
    waiting.clear()
    c.move("10.8.0.2", 1)
    more += c.read(3_000)
    assert all(o == n % 251 for n, o in enumerate(first + more)), "wrong octet"


def plain_peer_gets_plain_tcp():
    c = Connection("10.8.0.1", ECHO, offer=False).connect()
    assert not c.migratable and 253 not in c.synack.options and 15 not in c.synack.options, c.synack
    assert c.synack.ts and c.synack.ts[1] == c.tsval, c.synack
    c.echo(b"as anybody else")


def unusable_key_gets_plain_tcp():
    c = Connection("10.8.0.1", ECHO)
    c.key = b"\x02" + b"\xff" * 24  # x beyond the field
    c.tsval, c.tsecr = struct.unpack("!II", c.key[17:])
    c.connect()
    assert not c.migratable, c.synack
    c.echo(b"no key, no Migrate")


def migrate_syn_to_nobody_is_reset():
    s = random.getrandbits(32)
    transmit("10.8.0.9", 33333, ECHO, s, 0, SYN, migrate(1, os.urandom(8), os.urandom(8)))
    reset = expect("10.8.0.9", 33333, "RST")
    assert reset.flags & RST and reset.ack == s + 1 & M32, reset


def malformed_options_do_no_harm():
    c = Connection("10.8.0.1", ECHO).connect()
    c.echo(b"x")
    good = migrate(1, c.token, c.request(c.snd_nxt - 1, 1))
    for bad in (good[:1] + b"\x12" + good[2:18], good[:12], b"\x10\x02", b"\xfd\x04MR", b"\xfd\x15MR\x01"):
        transmit("10.8.0.66", 40000, 4, 1, 0, SYN, bad)
        transmit("10.8.0.66", 40000, ECHO, 1, 0, SYN, bad)
    waiting.clear()
    c.echo(b"goes on")


stories = [
    negotiates_and_echoes, moves_and_echoes, repeats_its_answer_to_a_repeated_syn, text_instead_of_the_last_ack,
    refuses_what_is_not_proved, drops_stale_requests, number_wraps, takes_options_of_firewalls,
    stream_goes_on_without_a_gap, reset_is_waited_out, blind_reset_is_challenged, closes_after_a_move,
    half_closed_connection_moves, plain_peer_gets_plain_tcp, unusable_key_gets_plain_tcp,
    migrate_syn_to_nobody_is_reset, malformed_options_do_no_harm]

failed = 0
for story in stories:
    try:
        story()
        print("ok  ", story.__name__, flush=True)
    except Exception as e:
        failed += 1
        print("FAIL", story.__name__, type(e).__name__, e, flush=True)
sys.exit(1 if failed else 0)
