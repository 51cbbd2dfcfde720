package net.sojourn.tun.attach;

import java.io.IOException;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.TunSettings;
import net.sojourn.tun.netlink.AddressMonitor;

/** A process to be killed: attaches as its argument says, tells so, and waits. */
final class HoldAttachment {

    private HoldAttachment() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (AddressMonitor monitor = AddressMonitor.open();
                Attachment attachment = arguments[0].equals("routed")
                        ? RoutedAttachment.open(RoutedSettings.of(
                                TunSettings.named("sj0"),
                                List.of(IpAddress.parse("10.99.0.2"), IpAddress.parse("fd99::2"))))
                        : HostAddressAttachment.open(LaptopStack.settings("sj0"), monitor)) {
            System.out.println("attached " + attachment.plan().size());
            Thread.sleep(60_000);
        } catch (IOException e) {
            System.out.println("refused " + e.getMessage());
        }
    }

    /** This class as a command. */
    static String[] command(String mode) {
        return new String[] {
            ProcessHandle.current().info().command().orElseThrow(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            HoldAttachment.class.getName(),
            mode
        };
    }
}
