package net.sojourn.cli.services;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which port each service has: its well-known one unless the environment says otherwise. Immutable.
 *
 * @param echo gives back what it gets ({@code SOJOURN_ECHO})
 * @param discard reads and forgets ({@code SOJOURN_DISCARD})
 * @param source sends without end ({@code SOJOURN_SOURCE})
 * @param bye says goodbye and closes ({@code SOJOURN_BYE})
 * @param stall reads nothing at first ({@code SOJOURN_STALL})
 * @param dial connects where it is told ({@code SOJOURN_DIAL})
 */
record ServicePorts(int echo, int discard, int source, int bye, int stall, int dial) {

    /** @throws IllegalArgumentException naming the variable that is no port */
    static ServicePorts of(Map<String, String> environment) {
        return new ServicePorts(
                port(environment, "SOJOURN_ECHO", 7007),
                port(environment, "SOJOURN_DISCARD", 9009),
                port(environment, "SOJOURN_SOURCE", 1919),
                port(environment, "SOJOURN_BYE", 1313),
                port(environment, "SOJOURN_STALL", 1414),
                port(environment, "SOJOURN_DIAL", 1515));
    }

    private static int port(Map<String, String> environment, String variable, int otherwise) {
        String text = environment.getOrDefault(variable, "").strip();
        if (text.isEmpty()) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > 65_535) {
            throw new IllegalArgumentException(variable + "=" + text + " is no port; choose 1 to 65535");
        }
        return Integer.parseInt(text);
    }

    /** {@code echo 7007, ...} in a fixed order, for people. */
    @Override
    public String toString() {
        return "echo " + echo + ", discard " + discard + ", source " + source + ", bye " + bye + ", stall " + stall
                + ", dial " + dial;
    }

    /** By port; a port named twice keeps one service only, so that the caller can tell. */
    Map<Integer, Service> byPort() {
        Map<Integer, Service> services = new TreeMap<>();
        services.put(echo, Service.ECHO);
        services.put(discard, Service.DISCARD);
        services.put(source, Service.SOURCE);
        services.put(bye, Service.BYE);
        services.put(stall, Service.STALL);
        services.put(dial, Service.DIAL);
        if (services.size() != Service.values().length) {
            throw new IllegalArgumentException("two services have the same port: " + this);
        }
        return services;
    }
}
