package net.sojourn.stack.socket;

import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpConnection;
import org.jspecify.annotations.Nullable;

/**
 * The options of one socket or channel, set before it has a connection or while it has one; names, ranges and messages are
 * the JDK's. Any thread.
 */
public final class EndpointOptions {

    /** Below this a window is silly. */
    private static final int LEAST_BUFFER_BYTES = 2048;

    private static final int MOST_BUFFER_BYTES = 1 << 30;
    private static final int MOST_LINGER_SECONDS = 65_535;

    private static final Set<SocketOption<?>> OF_CONNECTIONS = Set.of(
            StandardSocketOptions.SO_RCVBUF,
            StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_REUSEADDR,
            StandardSocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.SO_LINGER,
            StandardSocketOptions.IP_TOS,
            StandardSocketOptions.TCP_NODELAY,
            ExtendedSocketOptions.TCP_KEEPIDLE,
            ExtendedSocketOptions.TCP_KEEPINTERVAL,
            ExtendedSocketOptions.TCP_KEEPCOUNT);
    private static final Set<SocketOption<?>> OF_LISTENERS =
            Set.of(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR);

    private final StackSettings settings;
    private final Set<SocketOption<?>> supported;
    /** What was set; most of the many that are accepted never are. */
    private final Map<SocketOption<?>, Object> values = new HashMap<>(0);

    private EndpointOptions(StackSettings settings, Set<SocketOption<?>> supported) {
        this.settings = settings;
        this.supported = supported;
    }

    /** Of a socket that connects or was accepted. */
    public static EndpointOptions ofConnection(StackSettings settings) {
        return new EndpointOptions(settings, OF_CONNECTIONS);
    }

    /** Of a socket that listens. */
    public static EndpointOptions ofListener(StackSettings settings) {
        return new EndpointOptions(settings, OF_LISTENERS);
    }

    private Object unlessSet(SocketOption<?> option) {
        if (option == StandardSocketOptions.SO_RCVBUF) {
            return settings.receiveBufferBytes();
        } else if (option == StandardSocketOptions.SO_SNDBUF) {
            return settings.sendBufferBytes();
        } else if (option == StandardSocketOptions.SO_REUSEADDR) {
            return supported == OF_LISTENERS;
        } else if (option == StandardSocketOptions.SO_LINGER) {
            return -1;
        } else if (option == StandardSocketOptions.IP_TOS) {
            return 0;
        } else if (option == ExtendedSocketOptions.TCP_KEEPIDLE) {
            return (int) settings.keepAliveIdle().toSeconds();
        } else if (option == ExtendedSocketOptions.TCP_KEEPINTERVAL) {
            return (int) settings.keepAliveInterval().toSeconds();
        } else if (option == ExtendedSocketOptions.TCP_KEEPCOUNT) {
            return settings.keepAliveProbes();
        }
        // SO_KEEPALIVE, TCP_NODELAY
        return false;
    }

    public Set<SocketOption<?>> supported() {
        return supported;
    }

    /**
     * Remembers a value, and tells {@code connection} if there is one.
     *
     * @throws UnsupportedOperationException for an option that is not among {@link #supported()}
     * @throws IllegalArgumentException for a value out of range
     */
    public synchronized void set(SocketOption<?> option, @Nullable Object value, @Nullable TcpConnection connection) {
        checkSupported(option);
        if (!option.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        values.put(option, value instanceof Integer number ? inRange(option, number) : value);
        if (connection != null) {
            apply(option, connection);
        }
    }

    private static int inRange(SocketOption<?> option, int value) {
        if (option == StandardSocketOptions.SO_RCVBUF || option == StandardSocketOptions.SO_SNDBUF) {
            if (value < 0) {
                throw new IllegalArgumentException("Invalid send/receive buffer size");
            }
            return Math.max(LEAST_BUFFER_BYTES, Math.min(MOST_BUFFER_BYTES, value));
        }
        if (option == StandardSocketOptions.SO_LINGER) {
            return Math.max(-1, Math.min(MOST_LINGER_SECONDS, value));
        }
        if (option == StandardSocketOptions.IP_TOS && (value < 0 || value > 255)) {
            throw new IllegalArgumentException("Invalid IP_TOS value");
        }
        boolean keepAlive = option == ExtendedSocketOptions.TCP_KEEPIDLE
                || option == ExtendedSocketOptions.TCP_KEEPINTERVAL
                || option == ExtendedSocketOptions.TCP_KEEPCOUNT;
        if (keepAlive && value < 1) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        return value;
    }

    public synchronized Object get(SocketOption<?> option) {
        checkSupported(option);
        Object set = values.get(option);
        return set != null ? set : unlessSet(option);
    }

    /** The option behind a number of {@link SocketOptions}. */
    public static SocketOption<?> standard(int option) throws SocketException {
        return switch (option) {
            case SocketOptions.TCP_NODELAY -> StandardSocketOptions.TCP_NODELAY;
            case SocketOptions.SO_KEEPALIVE -> StandardSocketOptions.SO_KEEPALIVE;
            case SocketOptions.SO_LINGER -> StandardSocketOptions.SO_LINGER;
            case SocketOptions.SO_RCVBUF -> StandardSocketOptions.SO_RCVBUF;
            case SocketOptions.SO_SNDBUF -> StandardSocketOptions.SO_SNDBUF;
            case SocketOptions.SO_REUSEADDR -> StandardSocketOptions.SO_REUSEADDR;
            case SocketOptions.SO_REUSEPORT -> StandardSocketOptions.SO_REUSEPORT;
            case SocketOptions.IP_TOS -> StandardSocketOptions.IP_TOS;
            default -> throw new SocketException("Unknown option " + option);
        };
    }

    private void checkSupported(SocketOption<?> option) {
        Objects.requireNonNull(option);
        if (!supported.contains(option)) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
    }

    public boolean flag(SocketOption<Boolean> option) {
        return (Boolean) get(option);
    }

    public int number(SocketOption<Integer> option) {
        return (Integer) get(option);
    }

    /** Tells a new connection all that differs from what it does by itself; before its SYN goes out if that can be. */
    public synchronized void applyTo(TcpConnection connection) {
        for (Map.Entry<SocketOption<?>, Object> set : values.entrySet()) {
            if (!set.getValue().equals(unlessSet(set.getKey()))) {
                apply(set.getKey(), connection);
            }
        }
    }

    private void apply(SocketOption<?> option, TcpConnection connection) {
        if (option == StandardSocketOptions.TCP_NODELAY) {
            connection.noDelay(flag(StandardSocketOptions.TCP_NODELAY));
        } else if (option == StandardSocketOptions.SO_KEEPALIVE) {
            connection.keepAlive(flag(StandardSocketOptions.SO_KEEPALIVE));
        } else if (option == StandardSocketOptions.SO_SNDBUF) {
            connection.sendBufferBytes(number(StandardSocketOptions.SO_SNDBUF));
        } else if (option == StandardSocketOptions.SO_RCVBUF) {
            connection.receiveBufferBytes(number(StandardSocketOptions.SO_RCVBUF));
        } else if (option == StandardSocketOptions.IP_TOS) {
            connection.trafficClass(number(StandardSocketOptions.IP_TOS));
        } else if (option == ExtendedSocketOptions.TCP_KEEPIDLE
                || option == ExtendedSocketOptions.TCP_KEEPINTERVAL
                || option == ExtendedSocketOptions.TCP_KEEPCOUNT) {
            connection.keepAliveTimes(
                    number(ExtendedSocketOptions.TCP_KEEPIDLE),
                    number(ExtendedSocketOptions.TCP_KEEPINTERVAL),
                    number(ExtendedSocketOptions.TCP_KEEPCOUNT));
        }
    }
}
