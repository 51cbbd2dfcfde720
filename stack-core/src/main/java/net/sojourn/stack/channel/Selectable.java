package net.sojourn.stack.channel;

/** What a selector needs of a channel. */
interface Selectable {

    /**
     * What the channel is ready for. Whatever it is not ready for it tells its keys of when it becomes so. By the selecting
     * thread.
     *
     * @param interest only these are asked for
     */
    int readyOps(int interest);

    /** The key is to hear of what happens from now on. */
    void attachKey(SojournSelectionKey key);

    void detachKey(SojournSelectionKey key);
}
