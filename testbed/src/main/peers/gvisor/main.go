// The services of a peer on gVisor's netstack over a TUN: gvisor DEVICE ADDRESS MTU OFFLOAD. Prints "ready".
//
// With OFFLOAD "true" the link is one of our own which gives netstack what its fd link cannot on a TUN: the virtio-net
// header, so segments of 64 KiB both ways. Otherwise it is gVisor's own fd link.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/bufferv2"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/link/rawfile"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	virtioHeaderBytes = 10
	needsChecksum     = 1
	segmentTCPv4      = 1
	largestPacket     = 65535
	bufferBytes       = 256 << 10
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func control(fd int, request, argument uintptr) {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, argument); errno != 0 {
		log.Fatal("cannot set up the TUN device: ", errno)
	}
}

func openTun(name string, offload bool) int {
	fd := must(unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK, 0))
	var request struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:15], name)
	request.flags = unix.IFF_TUN | unix.IFF_NO_PI
	var features uintptr
	if offload {
		request.flags |= unix.IFF_VNET_HDR
		features = 1 | 2 // checksum, TCP segments over IPv4
	}
	control(fd, unix.TUNSETIFF, uintptr(unsafe.Pointer(&request)))
	control(fd, unix.TUNSETOFFLOAD, features)
	return fd
}

// virtioLink carries whole trains of segments between netstack and a TUN device with virtio-net header.
type virtioLink struct {
	fd         int
	mtu        uint32
	dispatcher stack.NetworkDispatcher
}

func (l *virtioLink) MTU() uint32                                  { return l.mtu }
func (l *virtioLink) MaxHeaderLength() uint16                      { return 0 }
func (l *virtioLink) LinkAddress() tcpip.LinkAddress               { return "" }
func (l *virtioLink) IsAttached() bool                             { return l.dispatcher != nil }
func (l *virtioLink) Wait()                                        {}
func (l *virtioLink) AddHeader(stack.PacketBufferPtr)              {}
func (l *virtioLink) GSOMaxSize() uint32                           { return largestPacket - 120 }
func (l *virtioLink) SupportedGSO() stack.SupportedGSO             { return stack.HostGSOSupported }
func (l *virtioLink) ARPHardwareType() header.ARPHardwareType      { return header.ARPHardwareNone }
func (l *virtioLink) Capabilities() stack.LinkEndpointCapabilities { return stack.CapabilityRXChecksumOffload }

func (l *virtioLink) Attach(dispatcher stack.NetworkDispatcher) {
	l.dispatcher = dispatcher
	if dispatcher != nil {
		go l.receive()
	}
}

func (l *virtioLink) receive() {
	octets := make([]byte, largestPacket+virtioHeaderBytes)
	for {
		n, err := rawfile.BlockingRead(l.fd, octets)
		if err != nil {
			log.Fatal("cannot read the TUN device: ", err)
		}
		if n <= virtioHeaderBytes || octets[virtioHeaderBytes]>>4 != 4 {
			continue
		}
		packet := stack.NewPacketBuffer(stack.PacketBufferOptions{
			Payload: bufferv2.MakeWithData(octets[virtioHeaderBytes:n])})
		l.dispatcher.DeliverNetworkPacket(header.IPv4ProtocolNumber, packet)
		packet.DecRef()
	}
}

func (l *virtioLink) WritePackets(packets stack.PacketBufferList) (int, tcpip.Error) {
	for i, packet := range packets.AsSlice() {
		var virtio [virtioHeaderBytes]byte
		little := func(at, value int) { virtio[at], virtio[at+1] = byte(value), byte(value>>8) }
		if gso := packet.GSOOptions; gso.Type == stack.GSOTCPv4 {
			little(2, packet.HeaderSize())
			if gso.NeedsCsum {
				virtio[0] = needsChecksum
				little(6, int(gso.L3HdrLen))
				little(8, int(gso.CsumOffset))
			}
			if packet.Data().Size() > int(gso.MSS) {
				virtio[1] = segmentTCPv4
				little(4, int(gso.MSS))
			}
		}
		var memory [16]unix.Iovec
		vector := rawfile.AppendIovecFromBytes(memory[:0], virtio[:], rawfile.MaxIovs)
		for _, slice := range packet.AsSlices() {
			vector = rawfile.AppendIovecFromBytes(vector, slice, rawfile.MaxIovs)
		}
		if err := rawfile.NonBlockingWriteIovec(l.fd, vector); err != nil {
			return i, err
		}
	}
	return packets.Len(), nil
}

func newStack(link stack.LinkEndpoint, address tcpip.Address) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	selective, cubic, moderate := tcpip.TCPSACKEnabled(true), tcpip.CongestionControlOption("cubic"),
		tcpip.TCPModerateReceiveBufferOption(true)
	for _, option := range []tcpip.SettableTransportProtocolOption{&selective, &cubic, &moderate,
		&tcpip.TCPReceiveBufferSizeRangeOption{Min: 4096, Default: 1 << 20, Max: 4 << 20},
		&tcpip.TCPSendBufferSizeRangeOption{Min: 4096, Default: 1 << 20, Max: 4 << 20}} {
		if err := s.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			log.Fatalf("%T: %v", option, err)
		}
	}
	if err := s.CreateNIC(1, link); err != nil {
		log.Fatal(err)
	}
	own := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: address.WithPrefix()}
	if err := s.AddProtocolAddress(1, own, stack.AddressProperties{}); err != nil {
		log.Fatal(err)
	}
	everything := must(tcpip.NewSubnet("\x00\x00\x00\x00", "\x00\x00\x00\x00"))
	s.SetRouteTable([]tcpip.Route{{Destination: everything, NIC: 1}})
	return s
}

func serve(s *stack.Stack, port uint16, service func(net.Conn)) {
	listener, err := gonet.ListenTCP(s, tcpip.FullAddress{NIC: 1, Port: port}, ipv4.ProtocolNumber)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			service(must(listener.Accept()))
		}
	}()
}

func echo(c net.Conn) {
	defer c.Close()
	octets := make([]byte, 2048)
	for {
		n, err := c.Read(octets)
		if err != nil {
			return
		}
		if _, err = c.Write(octets[:n]); err != nil {
			return
		}
	}
}

func discard(c net.Conn, octets []byte) {
	defer c.Close()
	for {
		if _, err := c.Read(octets); err != nil {
			return
		}
	}
}

func source(c net.Conn) {
	defer c.Close()
	zeros := make([]byte, bufferBytes)
	for {
		if _, err := c.Write(zeros); err != nil {
			return
		}
	}
}

// dial connects to that port of its client which the first two octets name, and echoes there.
func dial(s *stack.Stack, c net.Conn) {
	defer c.Close()
	var port [2]byte
	if _, err := io.ReadFull(c, port[:]); err != nil {
		return
	}
	client := tcpip.FullAddress{NIC: 1, Addr: tcpip.Address(c.RemoteAddr().(*net.TCPAddr).IP.To4()),
		Port: uint16(port[0])<<8 | uint16(port[1])}
	if other, err := gonet.DialTCP(s, client, ipv4.ProtocolNumber); err == nil {
		go echo(other)
	}
	discard(c, port[:])
}

func main() {
	mtu, offload := must(strconv.Atoi(os.Args[3])), os.Args[4] == "true"
	fd := openTun(os.Args[1], offload)
	var link stack.LinkEndpoint = &virtioLink{fd: fd, mtu: uint32(mtu)}
	if !offload {
		link = must(fdbased.New(&fdbased.Options{FDs: []int{fd}, MTU: uint32(mtu), RXChecksumOffload: true}))
	}
	s := newStack(link, tcpip.Address(net.ParseIP(os.Args[2]).To4()))
	var held []net.Conn
	serve(s, 7, func(c net.Conn) { go echo(c) })
	serve(s, 9, func(c net.Conn) { go discard(c, make([]byte, bufferBytes)) })
	serve(s, 11, func(c net.Conn) { held = append(held, c) })
	serve(s, 13, func(c net.Conn) { go discard(c, make([]byte, 1)) })
	serve(s, 19, func(c net.Conn) { go source(c) })
	serve(s, 21, func(c net.Conn) { go dial(s, c) })
	fmt.Println("ready")
	select {}
}
