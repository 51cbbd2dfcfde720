package net.sojourn.stack.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.Sockets;
import net.sojourn.stack.socket.Sockets.Bed;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Netty's NIO transport, unchanged, with our provider: an echo server and clients that send more than buffers hold. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class NettyOnTheStackTest {

    private static final int CLIENTS = 10;
    private static final int OCTETS = 3_000_000;

    private static NioEventLoopGroup group(SelectorProvider provider) {
        return new NioEventLoopGroup(
                1,
                runnable -> {
                    Thread thread = new Thread(runnable, "netty");
                    thread.setDaemon(true);
                    thread.start();
                },
                provider);
    }

    /** Sends what comes back to it, and waits with reading while its output is full. */
    private static final class EchoHandler extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.writeAndFlush(message);
            context.channel().config().setAutoRead(context.channel().isWritable());
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(context.channel().isWritable());
        }
    }

    /** Counts and checks what comes back. */
    private static final class Sink extends SimpleChannelInboundHandler<ByteBuf> {

        private final CompletableFuture<Integer> done;
        private int received;

        Sink(CompletableFuture<Integer> done) {
            this.done = done;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            ByteBuf all = context.alloc().directBuffer(OCTETS);
            for (int i = 0; i < OCTETS; i++) {
                all.writeByte(i * 11 >> 3);
            }
            context.writeAndFlush(all);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf octets) {
            while (octets.isReadable()) {
                byte expected = (byte) (received * 11 >> 3);
                if (octets.readByte() != expected) {
                    done.completeExceptionally(new AssertionError("wrong octet at " + received));
                    context.close();
                    return;
                }
                received++;
            }
            if (received == OCTETS) {
                context.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            done.complete(received);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            done.completeExceptionally(cause);
            context.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void echoOfMillionsOfOctets(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open()) {
            SelectorProvider serving = bed.serverChannels();
            SelectorProvider connecting = bed.clientChannels();
            NioEventLoopGroup servers = group(serving);
            NioEventLoopGroup clients = group(connecting);
            try {
                Channel listener = new ServerBootstrap()
                        .group(servers)
                        .channelFactory(() -> new NioServerSocketChannel(serving))
                        .option(ChannelOption.SO_BACKLOG, CLIENTS)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel channel) {
                                channel.pipeline().addLast(new EchoHandler());
                            }
                        })
                        .bind(0)
                        .sync()
                        .channel();
                int port = ((InetSocketAddress) listener.localAddress()).getPort();
                for (CompletableFuture<Integer> done : connect(clients, connecting, bed, port)) {
                    assertEquals(OCTETS, done.get(30, TimeUnit.SECONDS));
                }
                listener.close().sync();
            } finally {
                clients.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
                servers.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
            }
        }
    }

    private static List<CompletableFuture<Integer>> connect(
            NioEventLoopGroup clients, SelectorProvider provider, Bed bed, int port) throws InterruptedException {
        List<CompletableFuture<Integer>> all = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            CompletableFuture<Integer> done = new CompletableFuture<>();
            all.add(done);
            new Bootstrap()
                    .group(clients)
                    .channelFactory(() -> new NioSocketChannel(provider))
                    .option(ChannelOption.SO_KEEPALIVE, true)
                    .handler(new Sink(done))
                    .connect(bed.server(), port)
                    .sync();
        }
        return all;
    }
}
