package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FilterMergePolicy;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.MergeTrigger;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.rapidin.scorer.ElementType;

/**
 * Whatever fails while rows are written, the last commit is whole, a commit that succeeds has every
 * document that was accepted, no row is another document's, and no temporary file stays.
 */
public class RowFaultTests extends GradientIndexTestCase {
  private static final int COMMITTED = 30;
  private static final int MORE = 60;

  /** Something that fails. */
  private interface Fault {
    void begin(MockDirectoryWrapper directory) throws IOException;

    void end(MockDirectoryWrapper directory) throws IOException;
  }

  public void testAFaultInAnyMethodOfTheWriter() throws IOException {
    for (int round = 0; round < 3; round++) {
      for (boolean sorted : new boolean[] {false, true}) {
        assertSurvives(new NthCall(GradientVectorsWriter.class, "<init>", anyOf(40)), sorted);
        assertSurvives(new NthCall(GradientVectorsWriter.class, "addField", anyOf(2000)), sorted);
        assertSurvives(new NthCall(GradientFieldWriter.class, "addValue", anyOf(MORE)), sorted);
        assertSurvives(new NthCall(TemporaryRows.class, "copyTo", anyOf(MORE)), sorted);
        assertSurvives(new NthCall(RowsOutput.class, "finish", anyOf(40)), sorted);
        assertSurvives(new NthCall(GradientVectorsWriter.class, "finish", anyOf(20)), sorted);
        assertSurvives(new NthCall(GradientVectorsWriter.class, "close", 0), sorted);
        assertSurvives(new NthCall(RowMerger.class, "copyTo", anyOf(MORE)), sorted);
      }
    }
  }

  private static int anyOf(int calls) {
    return random().nextInt(calls);
  }

  /** Real files have a wrong checksum then, which the directories of these tests have not. */
  public void testARowThatCannotBeWrittenFailsThoseThatFollowAndTheCommit() throws IOException {
    for (boolean sorted : new boolean[] {false, true}) {
      ManyFields fields = new ManyFields(10, List.of("a"), ElementType.FLOAT16, sorted);
      try (MockDirectoryWrapper directory = newMockDirectory()) {
        IndexWriter writer = new IndexWriter(directory, config(fields));
        Set<Integer> committed = add(fields, writer, 0, COMMITTED);
        writer.commit();
        NthCall fault = new NthCall(GradientFieldWriter.class, "addValue", 5);
        fault.begin(directory);
        expectThrows(IOException.class, () -> add(fields, writer, COMMITTED, MORE));
        IOException next =
            expectThrows(IOException.class, () -> add(fields, writer, COMMITTED, MORE));
        assertTrue(next.getMessage().endsWith("row of this segment could not be written"));
        assertEquals("on purpose", next.getCause().getMessage());
        expectThrows(IOException.class, writer::commit);
        writer.rollback();
        assertGoesOn(fields, directory, committed);
      }
    }
  }

  public void testRandomFaults() throws IOException {
    for (int round = 0; round < 25; round++) {
      double rate = random().nextDouble() * 0.1;
      assertSurvives(
          new Fault() {
            @Override
            public void begin(MockDirectoryWrapper directory) {
              directory.setRandomIOExceptionRate(rate);
              directory.setRandomIOExceptionRateOnOpen(rate);
            }

            @Override
            public void end(MockDirectoryWrapper directory) {
              directory.setRandomIOExceptionRate(0);
              directory.setRandomIOExceptionRateOnOpen(0);
            }
          },
          false);
    }
  }

  public void testAFullDisk() throws IOException {
    for (int round = 0; round < 25; round++) {
      int left = random().nextInt(40_000);
      assertSurvives(
          new Fault() {
            @Override
            public void begin(MockDirectoryWrapper directory) throws IOException {
              directory.setMaxSizeInBytes(directory.sizeInBytes() + left);
            }

            @Override
            public void end(MockDirectoryWrapper directory) {
              directory.setMaxSizeInBytes(0);
            }
          },
          false);
    }
  }

  public void testADiskThatIsFullDuringAMerge() throws IOException {
    for (int round = 0; round < 10; round++) {
      ManyFields fields = ManyFields.random(random(), random().nextBoolean());
      try (MockDirectoryWrapper directory = newMockDirectory()) {
        IndexWriter writer = new IndexWriter(directory, config(fields));
        Set<Integer> committed = add(fields, writer, 0, COMMITTED);
        writer.commit();
        committed.addAll(add(fields, writer, COMMITTED, MORE));
        writer.commit();
        long size = directory.sizeInBytes();
        directory.setMaxSizeInBytes(size + random().nextLong(size / 4));
        expectThrows(IOException.class, () -> writer.forceMerge(1));
        directory.setMaxSizeInBytes(0);
        writer.rollback();
        ManyFields.assertNoTemporaryFiles(directory);
        assertGoesOn(fields, directory, committed);
      }
    }
  }

  public void testACrash() throws IOException {
    for (int round = 0; round < 20; round++) {
      ManyFields fields = ManyFields.random(random(), random().nextBoolean());
      try (MockDirectoryWrapper directory = newMockDirectory()) {
        // What a crash leaves is deleted by the next writer.
        IndexWriter writer = new IndexWriter(directory, config(fields));
        Set<Integer> committed = add(fields, writer, 0, COMMITTED);
        writer.commit();
        add(fields, writer, COMMITTED, random().nextInt(1, MORE));
        directory.crash();
        expectThrows(Exception.class, writer::close);
        directory.clearCrash();
        assertGoesOn(fields, directory, committed);
      }
    }
  }

  /**
   * @param sorted with an index sort, Lucene does not close its own temporary files after some
   *     faults
   */
  private static void assertSurvives(Fault fault, boolean sorted) throws IOException {
    ManyFields fields = ManyFields.random(random(), sorted);
    try (MockDirectoryWrapper directory = newMockDirectory()) {
      Set<Integer> committed;
      IndexWriter writer = new IndexWriter(directory, config(fields));
      Set<Integer> accepted = add(fields, writer, 0, COMMITTED);
      writer.commit();
      committed = new TreeSet<>(accepted);
      fault.begin(directory);
      try {
        for (int id = COMMITTED; id < COMMITTED + MORE && writer.isOpen(); id++) {
          accepted.addAll(tryToAdd(fields, writer, id));
        }
        if (random().nextBoolean()) {
          writer.forceMerge(1);
        }
        writer.commit();
        committed = accepted;
      } catch (IOException | AlreadyClosedException expected) {
        // Of the fault.
      } finally {
        fault.end(directory);
        writer.rollback();
      }
      ManyFields.assertNoTemporaryFiles(directory);
      assertGoesOn(fields, directory, committed);
    }
  }

  private static Set<Integer> tryToAdd(ManyFields fields, IndexWriter writer, int id) {
    try {
      return add(fields, writer, id, 1);
    } catch (IOException | AlreadyClosedException expected) {
      return Set.of();
    }
  }

  private static Set<Integer> add(ManyFields fields, IndexWriter writer, int first, int count)
      throws IOException {
    Set<Integer> ids = new TreeSet<>();
    for (int id = first; id < first + count; id++) {
      writer.addDocument(fields.document(id));
      ids.add(id);
    }
    return ids;
  }

  private static void assertGoesOn(ManyFields fields, Directory directory, Set<Integer> committed)
      throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      assertEquals(committed, fields.check(reader));
    }
    try (IndexWriter writer = new IndexWriter(directory, config(fields))) {
      committed.addAll(add(fields, writer, COMMITTED + MORE, 10));
      writer.forceMerge(1);
    }
    ManyFields.assertNoTemporaryFiles(directory);
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      assertEquals(committed, fields.check(reader));
    }
  }

  /** Merges when it is told to, on the thread that says so. */
  private static IndexWriterConfig config(ManyFields fields) {
    TieredMergePolicy merges = new TieredMergePolicy();
    merges.setNoCFSRatio(0);
    return fields
        .config()
        .setMergeScheduler(new SerialMergeScheduler())
        .setMergePolicy(new OnlyForcedMerges(merges));
  }

  private static final class OnlyForcedMerges extends FilterMergePolicy {
    OnlyForcedMerges(MergePolicy in) {
      super(in);
    }

    @Override
    public MergeSpecification findMerges(
        MergeTrigger trigger, SegmentInfos segments, MergeContext context) {
      return null;
    }
  }

  /** Fails one call of the directory or its files below a method of the writer, and none after. */
  private static final class NthCall extends MockDirectoryWrapper.Failure implements Fault {
    private final Class<?> caller;
    private final String method;
    private int left;

    NthCall(Class<?> caller, String method, int left) {
      this.caller = caller;
      this.method = method;
      this.left = left;
    }

    @Override
    public void begin(MockDirectoryWrapper directory) {
      setDoFail();
      directory.failOn(this);
    }

    @Override
    public void eval(MockDirectoryWrapper directory) throws IOException {
      if (doFail && left >= 0 && callStackContains(caller, method) && left-- == 0) {
        throw new IOException("on purpose");
      }
    }

    @Override
    public void end(MockDirectoryWrapper directory) {
      clearDoFail();
    }
  }
}
