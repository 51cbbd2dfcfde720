package net.sojourn.tun;

/** A process to be killed, or to be refused: opens the device that its argument names, says so, and waits. */
final class HoldDevice {

    private HoldDevice() {}

    public static void main(String[] arguments) throws Exception {
        try (TunPort port = TunPort.open(TunSettings.named(arguments[0]))) {
            System.out.println("holds " + port.device().name());
            Thread.sleep(60_000);
        } catch (TunException e) {
            System.out.println(e.reason() + " " + e.getMessage());
        }
    }

    /** This class as a command. */
    static String[] command(String device) {
        return new String[] {
            ProcessHandle.current().info().command().orElseThrow(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            HoldDevice.class.getName(),
            device
        };
    }
}
