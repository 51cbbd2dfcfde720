package net.sojourn.tun.syscall;

/**
 * The errors of the kernel that this product meets: name, sentence and, where there is one, what to do. Source: errno(3),
 * asm-generic numbers.
 */
public enum Errno {
    EPERM(1, "operation not permitted", "Needs CAP_NET_ADMIN: run as root or grant the capability"),
    ENOENT(2, "no such file or entry", ""),
    ESRCH(3, "no such route or process", ""),
    EINTR(4, "interrupted", ""),
    EIO(5, "the device is down", "Set the device up"),
    ENXIO(6, "no such device", ""),
    EBADF(9, "the descriptor is closed", ""),
    EAGAIN(11, "nothing there now", ""),
    ENOMEM(12, "no memory", ""),
    EACCES(13, "permission denied", "Run as root or grant the capability"),
    EFAULT(14, "bad address", ""),
    EBUSY(16, "in use", "Another program holds it: stop that, or choose another name"),
    EEXIST(17, "exists already", ""),
    ENODEV(19, "no such device", "Check the device's name and that its kernel module is loaded"),
    EINVAL(22, "invalid argument", ""),
    EMFILE(24, "too many open files", "Raise LimitNOFILE"),
    EFBIG(27, "too large", ""),
    ENOSPC(28, "no space left", ""),
    EBADFD(77, "the device is gone", "Somebody deleted it: open it again"),
    EMSGSIZE(90, "packet larger than the path allows", ""),
    EOPNOTSUPP(95, "not supported", ""),
    EPIPE(32, "Broken pipe", ""),
    EADDRINUSE(98, "address in use", ""),
    EADDRNOTAVAIL(99, "address not of this host", ""),
    ENETDOWN(100, "network is down", "Set the device up"),
    ENETUNREACH(101, "network unreachable", "There is no route: wait for one or add it"),
    ECONNRESET(104, "Connection reset", ""),
    ENOBUFS(105, "buffer overrun", ""),
    ETIMEDOUT(110, "Connection timed out", ""),
    ECONNREFUSED(111, "Connection refused", ""),
    EINPROGRESS(115, "under way", ""),
    EHOSTUNREACH(113, "host unreachable", "");

    private final int number;
    private final String sentence;
    private final String remedy;

    Errno(int number, String sentence, String remedy) {
        this.number = number;
        this.sentence = sentence;
        this.remedy = remedy;
    }

    public int number() {
        return number;
    }

    public String sentence() {
        return sentence;
    }

    /** What to do, or an empty text. */
    public String remedy() {
        return remedy;
    }

    /** The text of an error number, known here or not: {@code EPERM (operation not permitted)}. */
    public static String describe(int number) {
        for (Errno errno : values()) {
            if (errno.number == number) {
                return errno.name() + " (" + errno.sentence + ")";
            }
        }
        return "errno " + number;
    }

    /** What to do about an error number, or an empty text. */
    public static String remedyOf(int number) {
        for (Errno errno : values()) {
            if (errno.number == number) {
                return errno.remedy;
            }
        }
        return "";
    }

    /** Whether {@code number} is this error. */
    public boolean is(int number) {
        return this.number == number;
    }
}
