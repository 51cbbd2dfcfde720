package net.sojourn.stack.channel;

import java.nio.channels.SelectionKey;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Iterator;
import java.util.Set;

/** A selector's selected keys as its application sees them: to be taken out, not put in. */
final class RemovalOnlySet extends AbstractSet<SelectionKey> {

    private final Set<SelectionKey> keys;

    RemovalOnlySet(Set<SelectionKey> keys) {
        this.keys = keys;
    }

    @Override
    public Iterator<SelectionKey> iterator() {
        return keys.iterator();
    }

    @Override
    public int size() {
        return keys.size();
    }

    @Override
    public boolean contains(Object key) {
        return keys.contains(key);
    }

    @Override
    public boolean remove(Object key) {
        return keys.remove(key);
    }

    @Override
    public boolean removeAll(Collection<?> others) {
        return keys.removeAll(others);
    }

    @Override
    public void clear() {
        keys.clear();
    }
}
