#!/usr/bin/env python3
"""Known answers of the classic suite, computed without any library of curves.

    python3 vectors.py > vectors.txt

It has its own arithmetic over GF(p) and GF(2^163), checks it against each curve's order, and writes one vector a line:
curve, X_i, X_j, k_i, k_j (X9.62 compressed, 25 octets), K, Ni, Na, S, ReqNo, T, R. ClassicVectorsFileTest reads them.
"""
import hashlib
import struct


class Prime192:
    """secp192r1: y^2 = x^3 - 3x + b over GF(p)."""
    name, octets = "P192", 24
    p = 2**192 - 2**64 - 1
    b = 0x64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1
    g = (0x188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012, 0x07192B95FFC8DA78631011ED6B24CDD573F977A11E794811)
    n = 0xFFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831

    def holds(self, point):
        x, y = point
        return (y * y - (x**3 - 3 * x + self.b)) % self.p == 0

    def add(self, one, two):
        if one is None:
            return two
        if two is None:
            return one
        (x1, y1), (x2, y2) = one, two
        if x1 == x2 and (y1 + y2) % self.p == 0:
            return None
        if one == two:
            slope = (3 * x1 * x1 - 3) * pow(2 * y1, self.p - 2, self.p) % self.p
        else:
            slope = (y2 - y1) * pow(x2 - x1, self.p - 2, self.p) % self.p
        x3 = (slope * slope - x1 - x2) % self.p
        return x3, (slope * (x1 - x3) - y1) % self.p

    def sign(self, point):
        return point[1] & 1


class Binary163:
    """sect163k1: y^2 + xy = x^3 + x^2 + 1 over GF(2^163), polynomial basis x^163 + x^7 + x^6 + x^3 + 1."""
    name, octets = "K163", 21
    f = 1 << 163 | 0xC9
    g = (0x02FE13C0537BBC11ACAA07D793DE4E6D5E5C94EEE8, 0x0289070FB05D38FF58321F2E800536D538CCDAA3D9)
    n = 0x04000000000000000000020108A2E0CC0D99F8A5EF

    def times(self, a, b):
        product = 0
        while b:
            if b & 1:
                product ^= a
            b >>= 1
            a <<= 1
            if a >> 163:
                a ^= self.f
        return product

    def inverse(self, a):
        # a^(2^163 - 2)
        result, power = 1, self.times(a, a)
        for _ in range(162):
            result = self.times(result, power)
            power = self.times(power, power)
        return result

    def holds(self, point):
        x, y = point
        square = self.times(x, x)
        return self.times(y, y) ^ self.times(x, y) == self.times(square, x) ^ square ^ 1

    def add(self, one, two):
        if one is None:
            return two
        if two is None:
            return one
        (x1, y1), (x2, y2) = one, two
        if x1 == x2 and y1 != y2 or one == two and x1 == 0:
            return None
        if one == two:
            slope = x1 ^ self.times(y1, self.inverse(x1))
            x3 = self.times(slope, slope) ^ slope ^ 1
            return x3, self.times(x1, x1) ^ self.times(slope ^ 1, x3)
        slope = self.times(y1 ^ y2, self.inverse(x1 ^ x2))
        x3 = self.times(slope, slope) ^ slope ^ x1 ^ x2 ^ 1
        return x3, self.times(slope, x1 ^ x3) ^ x3 ^ y1

    def sign(self, point):
        x, y = point
        return self.times(y, self.inverse(x)) & 1


def multiply(curve, k, point):
    result = None
    while k:
        if k & 1:
            result = curve.add(result, point)
        point = curve.add(point, point)
        k >>= 1
    return result


def compressed(curve, point):
    octets = bytes([2 | curve.sign(point)]) + point[0].to_bytes(curve.octets, "big")
    return octets.rjust(25, b"\0")


def drawn(curve, text):
    return int.from_bytes(hashlib.sha512(text.encode()).digest(), "big") % (curve.n - 1) + 1


def number(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def first8(*parts):
    return hashlib.sha1(b"".join(parts)).digest()[:8].hex()


def vector(curve, x_i, x_j, ni, na, s, req_no):
    k_i, k_j = multiply(curve, x_i, curve.g), multiply(curve, x_j, curve.g)
    shared = multiply(curve, x_i, k_j)
    assert shared == multiply(curve, x_j, k_i) and curve.holds(shared)
    k = shared[0].to_bytes(25, "big")
    head = struct.pack(">II", ni, na) + k
    token, request = first8(head), first8(head, struct.pack(">IB", s, req_no))
    return (f"{curve.name} {x_i:050x} {x_j:050x} {compressed(curve, k_i).hex()} {compressed(curve, k_j).hex()}"
            f" {k.hex()} {ni:08x} {na:08x} {s:08x} {req_no} {token} {request}")


def main():
    for curve in (Prime192(), Binary163()):
        assert curve.holds(curve.g) and multiply(curve, curve.n, curve.g) is None
        edges = [(1, 2), (curve.n - 1, 1), (2, curve.n - 2), (curve.n - 1, curve.n - 1)]
        for i in range(14):
            label = f"{curve.name} {i}"
            x_i, x_j = edges[i] if i < 4 else (drawn(curve, label + " i"), drawn(curve, label + " j"))
            ni = [0, 0xFFFFFFFF, 0x80000000, 0x7FFFFFFF][i] if i < 4 else number(label + " ni")
            na = [0xFFFFFFFF, 0, 0x7FFFFFFF, 0x80000000][i] if i < 4 else number(label + " na")
            s = [0, 0xFFFFFFFF][i] if i < 2 else number(label + " s")
            print(vector(curve, x_i, x_j, ni, na, s, [0, 127, 1, 64][i] if i < 4 else number(label + " reqNo") % 128))


if __name__ == "__main__":
    main()
