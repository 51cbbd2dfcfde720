package net.sojourn.stack.channel;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.Set;
import net.sojourn.stack.socket.EndpointOptions;

/** What {@link ChannelSocket} and {@link ChannelServerSocket} leave to the JDK's classes ends here: options. */
final class ChannelSocketImpl extends SocketImpl {

    private static final String BY_CHANNEL = "ask the channel";

    private final NetworkChannel channel;
    private int timeoutMillis;

    ChannelSocketImpl(NetworkChannel channel) {
        this.channel = channel;
    }

    @Override
    protected void create(boolean stream) {
        fd = new FileDescriptor();
    }

    @Override
    public void setOption(int option, Object value) throws SocketException {
        if (option == SocketOptions.SO_TIMEOUT) {
            timeoutMillis = (Integer) value;
            return;
        }
        SocketOption<?> standard = EndpointOptions.standard(option);
        boolean lingerOff = standard == StandardSocketOptions.SO_LINGER && value instanceof Boolean;
        try {
            set(standard, lingerOff ? -1 : value);
        } catch (IOException e) {
            throw socketException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private <T> void set(SocketOption<T> option, Object value) throws IOException {
        channel.setOption(option, (T) value);
    }

    private static SocketException socketException(IOException e) {
        SocketException same = new SocketException(e.getMessage());
        same.initCause(e);
        return same;
    }

    @Override
    public Object getOption(int option) throws SocketException {
        if (option == SocketOptions.SO_TIMEOUT) {
            return timeoutMillis;
        }
        try {
            return channel.getOption(EndpointOptions.standard(option));
        } catch (IOException e) {
            throw socketException(e);
        }
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        channel.setOption(option, value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> option) throws IOException {
        return channel.getOption(option);
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return channel.supportedOptions();
    }

    @Override
    protected InputStream getInputStream() {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }

    @Override
    protected OutputStream getOutputStream() {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }

    @Override
    protected int available() {
        return 0;
    }

    @Override
    protected void close() throws IOException {
        channel.close();
    }

    @Override
    protected void connect(String host, int port) {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }

    @Override
    protected void connect(InetAddress address, int port) {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }

    @Override
    protected void connect(SocketAddress address, int timeoutMillis) {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }

    @Override
    protected void bind(InetAddress host, int port) {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }

    @Override
    protected void listen(int backlog) {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }

    @Override
    protected void accept(SocketImpl accepted) {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }

    @Override
    protected void sendUrgentData(int data) {
        throw new UnsupportedOperationException(BY_CHANNEL);
    }
}
