package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.apache.lucene.tests.util.RamUsageTester;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.hnsw.OnHeapHnswGraph;
import org.rapidin.scorer.ElementType;

/** How graphs over codes are made in merges, within the heap, and what faults leave. */
public class GraphMergeTests extends GraphIndexTestCase {
  public void testLargeSegmentsHaveGraphsAndTheirIndexIsWhole() throws IOException {
    TestUtil.checkIndex(directory);
    List<Integer> rows = graphs(reader).stream().sorted().toList();
    assertEquals(2, rows.size());
    assertEquals(0, (int) rows.get(0));
    assertEquals(DOCUMENTS, (int) rows.get(1));
  }

  /** All graphs that are being made share a part of the heap. */
  public void testAGraphThatDoesNotFitIntoTheHeapIsNotMade() throws IOException {
    long most = Runtime.getRuntime().maxMemory() / 16 / GraphOutput.HEAP_BYTES;
    assertTrue(GraphOutput.reserve(most + 1).isEmpty());
    try (Closeable half = GraphOutput.reserve(most / 2 + 1).orElseThrow()) {
      assertNotNull(half);
      assertTrue(GraphOutput.reserve(most / 2 + 1).isEmpty());
    }
    GraphOutput.reserve(most).orElseThrow().close();
  }

  public void testAFaultWhileAGraphIsMadeLeavesTheLastCommit() throws IOException {
    for (Class<?> below : List.of(GradientVectorsWriter.class, GraphOutput.class)) {
      try (MockDirectoryWrapper failing = newMockDirectory()) {
        GradientCorpus small =
            new GradientCorpus(random(), DIMENSION, ElementType.FLOAT16, DIMENSION, 64);
        TieredMergePolicy merges = new TieredMergePolicy();
        merges.setNoCFSRatio(0);
        IndexWriterConfig config =
            config(small, false)
                .setMergeScheduler(new SerialMergeScheduler())
                .setMergePolicy(merges)
                .setUseCompoundFile(false);
        config.setMaxBufferedDocs(500).setRAMBufferSizeMB(64);
        IndexWriter writer = new IndexWriter(failing, config);
        small.add(writer, 150);
        writer.flush();
        small.add(writer, 150);
        writer.commit();
        int committed = small.stored().size();
        WhileAGraphIsWritten fault = new WhileAGraphIsWritten(below);
        failing.failOn(fault);
        fault.setDoFail();
        expectThrows(IOException.class, () -> writer.forceMerge(1));
        fault.clearDoFail();
        writer.rollback();
        try (DirectoryReader whole = DirectoryReader.open(failing)) {
          assertEquals(committed, rows(whole));
        }
        for (String file : failing.listAll()) {
          assertFalse(file, file.endsWith(".tmp"));
        }
        TestUtil.checkIndex(failing);
      }
    }
  }

  private static int rows(DirectoryReader reader) throws IOException {
    int rows = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      rows += SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow().rows();
    }
    return rows;
  }

  /** Fails what the directory does while a graph is made, or while its rows are written. */
  private static final class WhileAGraphIsWritten extends MockDirectoryWrapper.Failure {
    private final Class<?> below;

    WhileAGraphIsWritten(Class<?> below) {
      this.below = below;
    }

    @Override
    public void eval(MockDirectoryWrapper directory) throws IOException {
      String method = below == GraphOutput.class ? "write" : "writeGraphs";
      if (doFail && callStackContains(below, method)) {
        throw new IOException("on purpose");
      }
    }
  }

  public void testAMergeThatIsAbortedStopsMakingItsGraph() throws IOException {
    SegmentMatrix matrix = largest();
    int[] checks = new int[1];
    IOException stopped =
        expectThrows(
            IOException.class,
            () ->
                GraphOutput.build(
                    matrix.codes().orElseThrow(),
                    () -> {
                      if (++checks[0] == 10) {
                        throw new IOException("aborted");
                      }
                    }));
    assertEquals("aborted", stopped.getMessage());
    assertEquals(10, checks[0]);
  }

  /** A row costs what the limit of rows assumes. */
  public void testAGraphTakesLessHeapThanIsAssumed() throws IOException {
    SegmentMatrix matrix = largest();
    OnHeapHnswGraph graph = GraphOutput.build(matrix.codes().orElseThrow(), () -> {});
    long bytes = RamUsageTester.ramUsed(graph);
    assertTrue(
        "bytes a row: " + bytes / matrix.rows(), bytes < GraphOutput.HEAP_BYTES * matrix.rows());
  }

  private static SegmentMatrix largest() throws IOException {
    for (LeafReaderContext leaf : reader.leaves()) {
      SegmentMatrix matrix = SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow();
      if (matrix.rows() == DOCUMENTS) {
        return matrix;
      }
    }
    throw new AssertionError("no large segment");
  }
}
