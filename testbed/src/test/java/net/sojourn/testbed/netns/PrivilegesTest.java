package net.sojourn.testbed.netns;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.testbed.TestbedException;
import org.junit.jupiter.api.Test;

class PrivilegesTest {

    @Test
    void ordinaryUserIsToldWhatToDo() {
        TestbedException refused = assertThrows(
                TestbedException.class,
                () -> Privileges.requireCapabilities("Name:\tjava\nCapEff:\t0000000000000000\n"));
        assertTrue(refused.toString().contains("root"), refused.toString());
    }

    @Test
    void rootIsLetThrough() {
        assertDoesNotThrow(() -> Privileges.requireCapabilities("CapEff:\t000001fffeffffff\n"));
    }
}
