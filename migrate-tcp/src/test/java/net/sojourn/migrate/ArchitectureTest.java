package net.sojourn.migrate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.MessageDigest;
import java.util.Arrays;

/** What this module may know of the stack, and of what else there is. */
@AnalyzeClasses(packages = "net.sojourn.migrate", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** The stack's own words and its service interfaces: never how it works inside. */
    @ArchTest
    static final ArchRule KNOWS_THE_STACK_FROM_OUTSIDE = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "net.sojourn.migrate..",
                    "net.sojourn.stack",
                    "net.sojourn.stack.spi",
                    "net.sojourn.stack.freeze",
                    "java..",
                    "org.bouncycastle..",
                    "org.jspecify..");

    /** Keys are made in one place, options read in another; neither knows of connections. */
    @ArchTest
    static final ArchRule CRYPTO_KNOWS_NO_PROTOCOL = noClasses()
            .that()
            .resideInAPackage("net.sojourn.migrate.crypto")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("net.sojourn.migrate", "net.sojourn.migrate.classic", "net.sojourn.migrate.table");

    @ArchTest
    static final ArchRule CLASSIC_KNOWS_NO_CONNECTION = noClasses()
            .that()
            .resideInAPackage("net.sojourn.migrate.classic")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("net.sojourn.migrate", "net.sojourn.migrate.table");

    /** What a stranger claims to have calculated is compared in one place, in a time that tells nothing. */
    @ArchTest
    static final ArchRule TAGS_ARE_COMPARED_IN_ONE_PLACE = noClasses()
            .that()
            .doNotHaveSimpleName("Tags")
            .and()
            .doNotHaveSimpleName("SecretBytes")
            .should()
            .callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
            .orShould()
            .callMethod(Arrays.class, "equals", byte[].class, byte[].class);

    /** Whoever judges a peer's tag does it there. */
    @ArchTest
    static final ArchRule TAGS_ARE_COMPARED_IN_CONSTANT_TIME = classes()
            .that()
            .haveSimpleName("M2Exchange")
            .or()
            .haveSimpleName("M2Answers")
            .or()
            .haveSimpleName("KeyExchange")
            .or()
            .haveSimpleName("Request")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("Tags");

    @ArchTest
    static final ArchRule PACKAGES_FORM_NO_CIRCLE =
            slices().matching("net.sojourn.migrate.(*)..").should().beFreeOfCycles();

    /** The same calls with the same times and seed give the same packets; the pool of keys fills itself meanwhile. */
    @ArchTest
    static final ArchRule HAS_NO_CLOCK_AND_NO_SLEEP = noClasses()
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random");
}
