package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;

/** Faults while the codes of rows and the graphs over them are written. */
public class CodeFaultTests extends RowFaultTestCase {
  public void testAFaultInAnyMethodThatWritesCodesOrGraphs() throws IOException {
    for (int round = 0; round < 2; round++) {
      for (boolean sorted : new boolean[] {false, true}) {
        for (NthCall fault :
            List.of(
                new NthCall(GradientVectorsWriter.class, "codesOutput", anyOf(20)),
                new NthCall(CodesOutput.class, "<init>", anyOf(2000)),
                new NthCall(CodesOutput.class, "add", anyOf(CodeEntry.FEW_ROWS)),
                new NthCall(CodesOutput.class, "finish", anyOf(200)),
                new NthCall(GradientVectorsWriter.class, "writeGraphs", anyOf(20)),
                new NthCall(GraphOutput.class, "write", anyOf(1000)))) {
          assertSurvives(fault, ManyFields.withCodes(random(), sorted), true);
          assertTrue(fault.happened());
        }
      }
    }
    assertNoHeapIsReserved();
  }

  private static void assertNoHeapIsReserved() throws IOException {
    long most = Runtime.getRuntime().maxMemory() / 16 / GraphOutput.HEAP_BYTES;
    GraphOutput.reserve(most).orElseThrow().close();
  }
}
