package org.rapidin.plugin.lucene;

import java.io.IOException;
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

/**
 * Whatever fails while rows and codes are written, the last commit is whole, a commit that succeeds
 * has every document that was accepted, no row or code is another document's, and no temporary file
 * stays.
 */
abstract class RowFaultTestCase extends GradientIndexTestCase {
  /** Documents of a first segment, too few for codes. */
  static final int COMMITTED = 30;

  /** Documents of a segment with codes. */
  static final int MORE = 110;

  /** Something that fails. */
  interface Fault {
    void begin(MockDirectoryWrapper directory) throws IOException;

    void end(MockDirectoryWrapper directory) throws IOException;
  }

  static int anyOf(int calls) {
    return random().nextInt(calls);
  }

  /**
   * Checks that {@link #MORE} documents, which are added after a commit, are lost at most.
   *
   * @param merges whether all documents are merged then
   */
  static void assertSurvives(Fault fault, ManyFields fields, boolean merges) throws IOException {
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
        if (merges) {
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

  static Set<Integer> add(ManyFields fields, IndexWriter writer, int first, int count)
      throws IOException {
    Set<Integer> ids = new TreeSet<>();
    for (int id = first; id < first + count; id++) {
      writer.addDocument(fields.document(id));
      ids.add(id);
    }
    return ids;
  }

  static void assertGoesOn(ManyFields fields, Directory directory, Set<Integer> committed)
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
  static IndexWriterConfig config(ManyFields fields) {
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
  static final class NthCall extends MockDirectoryWrapper.Failure implements Fault {
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

    /** Whether a call failed. */
    boolean happened() {
      return left < 0;
    }
  }
}
