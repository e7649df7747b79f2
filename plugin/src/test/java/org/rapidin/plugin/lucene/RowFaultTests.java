package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.rapidin.scorer.ElementType;

/** Faults of all kinds, with and without codes. */
public class RowFaultTests extends RowFaultTestCase {
  public void testAFaultInAnyMethodOfTheWriter() throws IOException {
    for (int round = 0; round < 2; round++) {
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
      ManyFields fields = ManyFields.random(random(), false);
      int left = random().nextInt(fields.codes() ? 150_000 : 40_000);
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
          fields,
          random().nextBoolean());
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
        if (random().nextBoolean()) {
          writer.flush(); // of files that are not synced
        }
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
    assertSurvives(fault, ManyFields.random(random(), sorted), random().nextBoolean());
  }
}
