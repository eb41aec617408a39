"""Sends the packets that packet-real.test.ts describes, each marked by its DSCP value.

Reads one JSON object a line and answers each with the line "done".
  {"connect": [[FROM, TO, PORT], ...]}  opens TCP connections and keeps them
  {"send": [PACKET, ...]}
A packet has family, protocol, from, to and dscp; tcp and udp also a port. A tcp packet is the
first of a new connection, or with "open": N a byte on the connection opened as number N.
"""
import itertools
import json
import socket
import struct
import sys

FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
NUMBERS = {"vrrp": 112, "ah": 51, "icmp": 1, "icmpv6": 58}
connections = []
echo_ids = itertools.count(1)


def mark(sock, packet):
    if packet["family"] == "ipv4":
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, packet["dscp"] << 2)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, packet["dscp"] << 2)


def close(sock):
    # Reset instead of FIN, so that nothing is sent again later.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def payload(packet):
    if packet["protocol"] == "icmp":
        # A new id each time: an answer to an earlier echo would make this one ESTABLISHED.
        name = next(echo_ids)
        return struct.pack("!BBHHH", 8, 0, 0xF7FF - name, name, 0)
    if packet["protocol"] == "icmpv6":
        target = socket.inet_pton(socket.AF_INET6, packet["to"])
        return struct.pack("!BBHI", packet["type"], 0, 0, 0) + target
    return bytes(20)


def send(packet):
    family = FAMILIES[packet["family"]]
    protocol = packet["protocol"]
    if "open" in packet:
        sock = connections[packet["open"]]
        mark(sock, packet)
        sock.send(b"x")
        return
    if protocol == "tcp":
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
    elif protocol == "udp":
        sock = socket.socket(family, socket.SOCK_DGRAM)
    else:
        sock = socket.socket(family, socket.SOCK_RAW, NUMBERS[protocol])
    mark(sock, packet)
    sock.bind((packet["from"], 0))
    if protocol == "tcp":
        sock.connect_ex((packet["to"], packet["port"]))
        close(sock)
        return
    if packet["to"].startswith("224."):
        sock.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(packet["from"])
        )
    if protocol == "icmpv6":
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
    if packet["to"].startswith("ff02"):
        sock.setsockopt(
            socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("eth1")
        )
    sock.sendto(payload(packet), (packet["to"], packet.get("port", 0)))
    sock.close()


for line in sys.stdin:
    order = json.loads(line)
    for source, target, port in order.get("connect", []):
        connections.append(socket.create_connection((target, port), 5, (source, 0)))
    for packet in order.get("send", []):
        try:
            send(packet)
        except OSError:
            # The firewall of this side refused it; the counters tell.
            pass
    print("done", flush=True)
