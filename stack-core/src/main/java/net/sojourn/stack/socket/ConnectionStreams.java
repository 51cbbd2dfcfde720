package net.sojourn.stack.socket;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import net.sojourn.stack.TcpConnection;

/** The two streams of a connected socket; closing either closes the socket. */
final class ConnectionStreams {

    private ConnectionStreams() {}

    static final class Input extends InputStream {

        private final TcpConnection from;
        private final Closeable socket;

        Input(TcpConnection from, Closeable socket) {
            this.from = from;
            this.socket = socket;
        }

        @Override
        public int read() throws IOException {
            byte[] octet = new byte[1];
            return from.read(octet, 0, 1) < 0 ? -1 : octet[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int index, int length) throws IOException {
            return from.read(target, index, length);
        }

        @Override
        public int available() throws IOException {
            if (from.isClosed()) {
                throw new SocketException("Socket closed");
            }
            return from.available();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    static final class Output extends OutputStream {

        private final TcpConnection to;
        private final Closeable socket;

        Output(TcpConnection to, Closeable socket) {
            this.to = to;
            this.socket = socket;
        }

        @Override
        public void write(int octet) throws IOException {
            to.write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] source, int index, int length) throws IOException {
            to.write(source, index, length);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
