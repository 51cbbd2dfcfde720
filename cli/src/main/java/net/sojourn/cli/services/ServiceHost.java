package net.sojourn.cli.services;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.socket.SojournServerSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for every {@link Service} on one stack, a thread a connection. */
final class ServiceHost implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(ServiceHost.class);
    private static final int BACKLOG = 1024;

    private final Service.Surroundings around;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "sojourn-service");
        thread.setDaemon(true);
        return thread;
    });

    private ServiceHost(NetworkStack stack) {
        around = new Service.Surroundings(stack, threads);
    }

    /** @throws IOException if a port is taken */
    static ServiceHost start(NetworkStack stack, Map<Integer, Service> services) throws IOException {
        ServiceHost host = new ServiceHost(stack);
        for (Map.Entry<Integer, Service> service : services.entrySet()) {
            host.listen(service.getKey(), service.getValue());
        }
        return host;
    }

    private void listen(int port, Service service) throws IOException {
        ServerSocket server = new SojournServerSocket(around.stack());
        server.bind(new InetSocketAddress(port), BACKLOG);
        threads.execute(() -> {
            try (server) {
                while (true) {
                    Socket socket = server.accept();
                    threads.execute(() -> serve(service, socket));
                }
            } catch (IOException e) {
                LOG.debug("service={} ended=\"{}\"", service, e.getMessage());
            }
        });
    }

    private void serve(Service service, Socket socket) {
        try (socket) {
            service.serve(socket, around);
        } catch (IOException e) {
            LOG.debug("service={} connection=ended reason=\"{}\"", service, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        around.stack().close();
        threads.shutdownNow();
    }
}
