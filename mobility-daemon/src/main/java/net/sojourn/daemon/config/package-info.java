/** The configuration file and what it means. Nothing here touches the network. */
@NullMarked
package net.sojourn.daemon.config;

import org.jspecify.annotations.NullMarked;
