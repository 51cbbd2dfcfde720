package net.sojourn.testbed.interop;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.channel.SojournSelectorProvider;
import net.sojourn.stack.socket.SojournSocketImplFactory;
import net.sojourn.tun.TunPort;

/**
 * A program all of whose sockets and channels are on a stack, though what it uses of the JDK knows nothing of that. Started
 * by {@link JavaClientsIT} in a JVM of its own, since the factories are set once for a JVM.
 */
public final class StackProgram {

    /** Puts the channels of a JVM on the stack. */
    static final String CHANNELS_FLAG =
            "-Djava.nio.channels.spi.SelectorProvider=" + SojournSelectorProvider.class.getName();

    static final int SERVED_BYTES = 5 << 20;
    static final int SERVER_PORT = 8080;

    private StackProgram() {}

    /** @param arguments what to do, and for clients the address to get */
    @SuppressWarnings("deprecation")
    public static void main(String[] arguments) throws Exception {
        NetworkStack stack = NetworkStack.builder(TunPort.open(InteropBed.TUN))
                .address(Family.IPV4.stack)
                .settings(InteropBed.settings())
                .start();
        SojournSelectorProvider.stackOfTheProgram(stack);
        Socket.setSocketImplFactory(new SojournSocketImplFactory(stack));
        System.out.println("ready");
        System.in.read();
        switch (arguments[0]) {
            case "url-connection" -> urlConnection(URI.create(arguments[1]));
            case "http-client" -> httpClient(URI.create(arguments[1]));
            case "http-server" -> httpServer();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        stack.close();
        // Clients and servers of the JDK leave threads behind.
        System.exit(0);
    }

    /** Three requests on one kept connection, one of them for a part. */
    private static void urlConnection(URI file) throws IOException {
        for (int i = 0; i < 2; i++) {
            HttpURLConnection connection = (HttpURLConnection) file.toURL().openConnection();
            print(connection.getResponseCode(), connection.getInputStream());
        }
        HttpURLConnection part = (HttpURLConnection) file.toURL().openConnection();
        part.setRequestProperty("Range", "bytes=1000-1999");
        print(part.getResponseCode(), part.getInputStream());
        HttpURLConnection missing =
                (HttpURLConnection) file.resolve("/missing").toURL().openConnection();
        System.out.println(missing.getResponseCode());
    }

    /** Eight requests at once. */
    private static void httpClient(URI file) throws IOException {
        HttpClient client = HttpClient.newHttpClient();
        List<CompletableFuture<HttpResponse<InputStream>>> all = IntStream.range(0, 8)
                .mapToObj(i -> client.sendAsync(HttpRequest.newBuilder(file).build(), BodyHandlers.ofInputStream()))
                .toList();
        for (CompletableFuture<HttpResponse<InputStream>> response : all) {
            print(response.join().statusCode(), response.join().body());
        }
    }

    private static void print(int status, InputStream body) throws IOException {
        try (body) {
            Octets.Arrival arrival = Octets.receive(body);
            System.out.println(status + " " + arrival.bytes() + " " + arrival.sha256());
        }
    }

    /** The JDK's own server, until its standard input ends. */
    private static void httpServer() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(SERVER_PORT), 50);
        byte[] octets = Octets.few(3, SERVED_BYTES);
        server.createContext("/file", exchange -> {
            exchange.sendResponseHeaders(200, octets.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(octets);
            }
        });
        server.createContext("/sum", exchange -> {
            byte[] sum = Octets.receive(exchange.getRequestBody()).sha256().getBytes("US-ASCII");
            exchange.sendResponseHeaders(200, sum.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(sum);
            }
        });
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        System.out.println("serving");
        while (System.in.read() >= 0) {}
        server.stop(0);
    }
}
