package net.sojourn.dns;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Instant;
import net.sojourn.dns.reconcile.LiveNameServers;
import net.sojourn.dns.reconcile.ThreadScheduler;
import net.sojourn.dns.transport.SocketTransport;

/** The walls of this module. */
@AnalyzeClasses(packages = "net.sojourn.dns", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

    private static final DescribedPredicate<JavaClass> OTHER_MODULES = DescribedPredicate.describe(
            "a class of another module of ours",
            c -> c.getPackageName().startsWith("net.sojourn")
                    && !c.getPackageName().startsWith("net.sojourn.dns"));

    @ArchTest
    static final ArchRule knowsNoOtherModule = noClasses().should().dependOnClassesThat(OTHER_MODULES);

    @ArchTest
    static final ArchRule timeIsInjected = noClasses()
            .that()
            .doNotBelongToAnyOf(ThreadScheduler.class, SocketTransport.class, NameUpdater.class)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule stateMachineHasNoNetwork = noClasses()
            .that()
            .resideInAPackage("..reconcile..")
            .and()
            .doNotBelongToAnyOf(LiveNameServers.class)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..transport..");

    @ArchTest
    static final ArchRule noAttics = noClasses().should().haveNameMatching(".*(Impl|Util|Utils|Manager|Helper)");

    @ArchTest
    static final ArchRule publicFaceHidesDnsjava = methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAPackage("net.sojourn.dns")
            .should(new ArchCondition<>("not mention dnsjava") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                    boolean mentions = method.getRawReturnType().getName().startsWith("org.xbill")
                            || method.getRawParameterTypes().stream()
                                    .anyMatch(type -> type.getName().startsWith("org.xbill"));
                    events.add(new SimpleConditionEvent(method, !mentions, method.getFullName()));
                }
            });
}
