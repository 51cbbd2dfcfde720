package net.sojourn.migrate.table;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * From a token to the connections that have it: mostly one, a list because 64 bits may meet. Bounded. Loop thread only.
 * protocol.md 1.5.
 *
 * @param <T> a suite's tokens
 * @param <C> what is found
 */
public final class TokenTable<T, C> {

    private final Map<T, List<C>> connections = new HashMap<>();
    private final int maxConnections;
    private int size;

    public TokenTable(int maxConnections) {
        this.maxConnections = maxConnections;
    }

    public boolean isFull() {
        return size >= maxConnections;
    }

    public int size() {
        return size;
    }

    /** @throws IllegalStateException if {@link #isFull()} */
    public void add(T token, C connection) {
        if (isFull()) {
            throw new IllegalStateException("the token table holds its " + maxConnections + " connections");
        }
        connections.computeIfAbsent(token, none -> new ArrayList<>(1)).add(connection);
        size++;
    }

    public void remove(T token, C connection) {
        List<C> same = connections.getOrDefault(token, new ArrayList<>());
        if (same.remove(connection)) {
            size--;
        }
        if (same.isEmpty()) {
            connections.remove(token);
        }
    }

    /** Every connection with this token; usually none or one. */
    public List<C> find(T token) {
        return connections.getOrDefault(token, List.of());
    }
}
