package net.sojourn.stack;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which room of the stack may know of which, and what none may. */
@AnalyzeClasses(packages = "net.sojourn", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] MACHINE = {
        "net.sojourn.stack.machine..",
        "net.sojourn.stack.wire..",
        "net.sojourn.stack.ip..",
        "net.sojourn.stack.demux..",
        "net.sojourn.stack.tcp..",
        "net.sojourn.stack.buffer..",
        "net.sojourn.stack.spi.."
    };

    @ArchTest
    static final ArchRule KNOWS_NO_OTHER_MODULE = noClasses()
            .that()
            .resideInAPackage("net.sojourn.stack..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.migrate..",
                    "net.sojourn.tun..",
                    "net.sojourn.dns..",
                    "net.sojourn.daemon..",
                    "net.sojourn.cli..",
                    "net.sojourn.testbed..",
                    "net.sojourn.bench..");

    @ArchTest
    static final ArchRule NEEDS_NO_LIBRARY_BUT_BUFFERS = classes()
            .that()
            .resideInAPackage("net.sojourn.stack..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.stack..",
                    "java..",
                    "javax.net..",
                    "jdk.net..",
                    "io.netty.buffer..",
                    "io.netty.util..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule WIRE_KNOWS_BYTES_ONLY = noClasses()
            .that()
            .resideInAPackage("net.sojourn.stack.wire..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.stack.tcp..",
                    "net.sojourn.stack.ip..",
                    "net.sojourn.stack.demux..",
                    "net.sojourn.stack.buffer..",
                    "net.sojourn.stack.loop..",
                    "net.sojourn.stack.socket..");

    @ArchTest
    static final ArchRule BUFFER_KNOWS_NOTHING = classes()
            .that()
            .resideInAPackage("net.sojourn.stack.buffer..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.stack.buffer..", "java..", "io.netty.buffer..", "io.netty.util..", "org.jspecify..");

    @ArchTest
    static final ArchRule SPI_KNOWS_NO_INSIDE = noClasses()
            .that()
            .resideInAPackage("net.sojourn.stack.spi..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.stack.tcp..",
                    "net.sojourn.stack.ip..",
                    "net.sojourn.stack.demux..",
                    "net.sojourn.stack.wire..",
                    "net.sojourn.stack.buffer..",
                    "net.sojourn.stack.machine..",
                    "net.sojourn.stack.loop..",
                    "net.sojourn.stack.socket..");

    @ArchTest
    static final ArchRule DEMUX_KNOWS_TUPLES_ONLY = noClasses()
            .that()
            .resideInAPackage("net.sojourn.stack.demux..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.stack.tcp..",
                    "net.sojourn.stack.ip..",
                    "net.sojourn.stack.wire..",
                    "net.sojourn.stack.loop..");

    /** Loss recovery, path state and congestion control are used by the connection and do not know it. */
    @ArchTest
    static final ArchRule ROOMS_OF_TCP_DO_NOT_KNOW_THE_CONNECTION = noClasses()
            .that()
            .resideInAnyPackage(
                    "net.sojourn.stack.tcp.loss..",
                    "net.sojourn.stack.tcp.path..",
                    "net.sojourn.stack.tcp.congestion..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("net.sojourn.stack.tcp");

    @ArchTest
    static final ArchRule MACHINE_KNOWS_NO_LOOP_AND_NO_SOCKET = noClasses()
            .that()
            .resideInAnyPackage(MACHINE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.stack.loop..", "net.sojourn.stack.socket..", "net.sojourn.stack.channel..");

    @ArchTest
    static final ArchRule ROOMS_OF_TCP_FORM_NO_CIRCLE =
            slices().matching("net.sojourn.stack.tcp.(*)..").should().beFreeOfCycles();

    /** The same calls with the same times and seed give the same packets. */
    @ArchTest
    static final ArchRule MACHINE_HAS_NO_CLOCK = noClasses()
            .that()
            .resideInAnyPackage(MACHINE)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Clock")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Instant");

    @ArchTest
    static final ArchRule MACHINE_HAS_NO_RANDOMNESS_OF_ITS_OWN = noClasses()
            .that()
            .resideInAnyPackage(MACHINE)
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.security.SecureRandom")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
            .orShould()
            .callMethod(Math.class, "random");

    /** {@code StreamBuffer} spins for a moment at a slab that the other side holds; nothing else knows of threads. */
    @ArchTest
    static final ArchRule MACHINE_HAS_NO_THREAD = noClasses()
            .that()
            .resideInAnyPackage(MACHINE)
            .and()
            .resideOutsideOfPackage("net.sojourn.stack.buffer..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Thread.class)
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("java.util.concurrent..");

    @ArchTest
    static final ArchRule NAMES_SAY_SOMETHING = noClasses()
            .should()
            .haveSimpleNameEndingWith("Impl")
            .andShould()
            .haveSimpleNameNotEndingWith("SocketImpl")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Helper");
}
