package net.sojourn.dns;

/** Told of everything that happens. On the updater's thread: must not block; an exception is logged and forgotten. */
@FunctionalInterface
public interface UpdateListener {

    UpdateListener NONE = event -> {};

    void happened(UpdateEvent event);
}
