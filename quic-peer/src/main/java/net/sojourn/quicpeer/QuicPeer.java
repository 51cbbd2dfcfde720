package net.sojourn.quicpeer;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;

/**
 * One end of a conversation over Netty's QUIC, which is quiche: {@code QuicPeer listen PORT} or {@code QuicPeer connect PORT
 * ADDRESS}. Says "ready" and "connected" on standard output, then what {@link Conversation} says.
 *
 * <p>Netty's client cannot ask for a migration (quiche_conn_migrate is not within reach from Java), but its UDP socket is bound
 * to no address: after a change of address packets go out from the new one, and the server migrates (RFC 9000 section 9.3).
 */
public final class QuicPeer {

    private static final String PROTOCOL = "moves";
    private static final long PLENTY = 100_000_000;
    /** What half a second without a network leaves in flight must not fill the window: only time-outs would send then. */
    private static final int WINDOW_PACKETS = 1_000;

    private QuicPeer() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        if (arguments[0].equals("listen")) {
            listen(port);
        } else {
            connect(port, arguments[2]);
        }
        System.exit(0); // Netty's threads would go on.
    }

    private static void listen(int port) throws Exception {
        KeyStore keys = Certificate.make();
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, Certificate.PASSWORD);
        QuicSslContext tls = QuicSslContextBuilder.forServer(managers, new String(Certificate.PASSWORD))
                .applicationProtocols(PROTOCOL)
                .build();
        Conversation conversation = new Conversation();
        BlockingQueue<QuicStreamChannel> streams = new LinkedBlockingQueue<>();
        ChannelHandler codec = common(new QuicServerCodecBuilder())
                .sslContext(tls)
                .tokenHandler(null)
                .handler(new ChannelInboundHandlerAdapter())
                .streamHandler(new Reader(conversation, streams))
                .build();
        bind(codec, port);
        System.out.println("ready");
        converse(conversation, streams.take());
    }

    private static void connect(int port, String address) throws Exception {
        QuicSslContext tls = QuicSslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .applicationProtocols(PROTOCOL)
                .build();
        Channel udp = bind(common(new QuicClientCodecBuilder()).sslContext(tls).build(), 0);
        QuicChannel connection = QuicChannel.newBootstrap(udp)
                .handler(new ChannelInboundHandlerAdapter())
                .streamHandler(new ChannelInboundHandlerAdapter())
                .remoteAddress(new InetSocketAddress(address, port))
                .connect()
                .get();
        Conversation conversation = new Conversation();
        QuicStreamChannel stream = connection
                .createStream(QuicStreamType.BIDIRECTIONAL, new Reader(conversation, new LinkedBlockingQueue<>()))
                .get();
        converse(conversation, stream);
    }

    private static <B extends QuicCodecBuilder<B>> B common(B builder) {
        return builder.maxIdleTimeout(120, TimeUnit.SECONDS)
                .initialMaxData(PLENTY)
                .initialMaxStreamDataBidirectionalLocal(PLENTY)
                .initialMaxStreamDataBidirectionalRemote(PLENTY)
                .initialMaxStreamsBidirectional(1)
                .initialCongestionWindowPackets(WINDOW_PACKETS)
                .activeConnectionIdLimit(8)
                .activeMigration(true);
    }

    private static Channel bind(ChannelHandler codec, int port) throws InterruptedException {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        return new Bootstrap()
                .group(loop)
                .channel(NioDatagramChannel.class)
                .handler(codec)
                .bind(port)
                .sync()
                .channel();
    }

    private static void converse(Conversation conversation, QuicStreamChannel stream) throws IOException {
        conversation.run(octets -> {
            if (stream.isWritable()) {
                stream.writeAndFlush(Unpooled.wrappedBuffer(octets));
            }
        });
    }

    private static final class Reader extends ChannelInboundHandlerAdapter {

        private final Conversation conversation;
        private final BlockingQueue<QuicStreamChannel> streams;

        Reader(Conversation conversation, BlockingQueue<QuicStreamChannel> streams) {
            this.conversation = conversation;
            this.streams = streams;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            streams.add((QuicStreamChannel) context.channel());
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            conversation.arrived();
            ReferenceCountUtil.release(message);
        }
    }
}
