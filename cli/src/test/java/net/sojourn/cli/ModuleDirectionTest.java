package net.sojourn.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependencies point inward: cli, daemon, {migrate, dns, tun}, stack (ARCHITECTURE.md). */
@AnalyzeClasses(packages = "net.sojourn", importOptions = DoNotIncludeTests.class)
class ModuleDirectionTest {

    private static final String STACK = "net.sojourn.stack..";
    private static final String MIGRATE = "net.sojourn.migrate..";
    private static final String TUN = "net.sojourn.tun..";
    private static final String DNS = "net.sojourn.dns..";
    private static final String DAEMON = "net.sojourn.daemon..";
    private static final String TESTBED = "net.sojourn.testbed..";
    private static final String BENCHMARKS = "net.sojourn.benchmarks..";
    private static final String CLI = "net.sojourn.cli..";

    @ArchTest
    static final ArchRule stackKnowsNobody = outOf(STACK, MIGRATE, TUN, DNS, DAEMON, TESTBED, BENCHMARKS, CLI);

    @ArchTest
    static final ArchRule migrateKnowsTheStackOnly = outOf(MIGRATE, TUN, DNS, DAEMON, TESTBED, BENCHMARKS, CLI);

    @ArchTest
    static final ArchRule tunKnowsTheStackOnly = outOf(TUN, MIGRATE, DNS, DAEMON, TESTBED, BENCHMARKS, CLI);

    @ArchTest
    static final ArchRule dnsKnowsNobody = outOf(DNS, STACK, MIGRATE, TUN, DAEMON, TESTBED, BENCHMARKS, CLI);

    @ArchTest
    static final ArchRule daemonKnowsNoCommandAndNoTest = outOf(DAEMON, TESTBED, BENCHMARKS, CLI);

    @ArchTest
    static final ArchRule testbedKnowsNoCommand = outOf(TESTBED, BENCHMARKS, CLI);

    /** Of Migrate the stack sees the service provider interface only from its own side, and Migrate no more than that. */
    @ArchTest
    static final ArchRule migrateUsesTheInterface = noClasses()
            .that()
            .resideInAPackage(MIGRATE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.stack.tcp..",
                    "net.sojourn.stack.machine..",
                    "net.sojourn.stack.wire..",
                    "net.sojourn.stack.demux..",
                    "net.sojourn.stack.ip..",
                    "net.sojourn.stack.buffer..");

    private static ArchRule outOf(String inner, String... outer) {
        return noClasses()
                .that()
                .resideInAPackage(inner)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(outer);
    }
}
