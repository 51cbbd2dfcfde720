package net.sojourn.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** {@link FlameGraph}: shares, widths, and a file that a browser reads. */
class FlameGraphTest {

    @Test
    void widthsAreShares() throws Exception {
        String svg = FlameGraph.svg("a < b", List.of("loop;read_[k] 3", "loop;net/sojourn/stack/Tcp.<init> 1"));
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        assertEquals(4, document.getElementsByTagName("g").getLength(), "all, loop and two above it");
        assertTrue(svg.contains("<title>read_[k]: 75.0 %</title><rect x=\"300.0\""), svg);
        assertTrue(svg.contains("<title>stack.Tcp.&lt;init>: 25.0 %</title><rect x=\"0.0\""), svg);
        assertTrue(svg.contains("width=\"900.0\""), svg);
    }

    @Test
    void whatIsTooNarrowToSeeIsLeftOut() {
        String svg = FlameGraph.svg("t", List.of("a;seen 100000", "a;unseen;deep;deeper 1"));
        assertFalse(svg.contains("unseen"), svg);
        assertTrue(svg.contains("viewBox=\"0 0 1200 97\""), "three rows: " + svg);
    }

    @Test
    void aLineWithoutANumberIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> FlameGraph.svg("t", List.of("alone")));
    }
}
