package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.rapidin.scorer.ElementType;

/** A temporary file of rows that is not as it was written fails the segment, and only that. */
public class TemporaryRowsTests extends LuceneTestCase {
  private static final int DIMENSION = 20;
  private static final int COMMITTED = 10;
  private static final int MORE = 15;

  public void testAnyFlippedBitIsFoundBeforeTheSegmentIsThere() throws IOException {
    for (int trial = 0; trial < 60; trial++) {
      assertFails(new FlippedBit());
    }
  }

  public void testACutOffFileIsFound() throws IOException {
    for (int trial = 0; trial < 20; trial++) {
      assertFails(new CutOff());
    }
  }

  private static void assertFails(DamagingDirectory directory) throws IOException {
    // With an index sort the first field's rows wait in a temporary file too.
    ManyFields fields =
        new ManyFields(
            DIMENSION, List.of("a", "b"), randomFrom(ElementType.values()), random().nextBoolean());
    try (directory) {
      IndexWriter writer = new IndexWriter(directory, fields.config());
      Set<Integer> committed = add(fields, writer, 0, COMMITTED);
      writer.commit();
      directory.damages = true;
      add(fields, writer, COMMITTED, MORE);
      expectThrows(CorruptIndexException.class, writer::commit);
      directory.damages = false;
      writer.rollback();
      ManyFields.assertNoTemporaryFiles(directory);
      try (IndexWriter next = new IndexWriter(directory, fields.config())) {
        committed.addAll(add(fields, next, COMMITTED + MORE, 5));
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        assertEquals(committed, fields.check(reader));
      }
    }
  }

  private static <T> T randomFrom(T[] values) {
    return values[random().nextInt(values.length)];
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

  /** Damages temporary files of rows between their writing and their reading. */
  private abstract static class DamagingDirectory extends FilterDirectory {
    private boolean damages;

    DamagingDirectory() {
      super(new ByteBuffersDirectory());
    }

    /** Returns the bytes that are read instead of those that were written. */
    abstract byte[] damaged(byte[] written);

    @Override
    public IndexInput openInput(String name, IOContext context) throws IOException {
      if (damages && name.contains("_rows_") && name.endsWith(".tmp")) {
        replace(name);
      }
      return super.openInput(name, context);
    }

    private void replace(String name) throws IOException {
      byte[] written;
      try (IndexInput input = in.openInput(name, IOContext.READONCE)) {
        written = new byte[(int) input.length()];
        input.readBytes(written, 0, written.length);
      }
      in.deleteFile(name);
      byte[] damaged = damaged(written);
      try (IndexOutput output = in.createOutput(name, IOContext.DEFAULT)) {
        output.writeBytes(damaged, damaged.length);
      }
    }
  }

  private static final class FlippedBit extends DamagingDirectory {
    @Override
    byte[] damaged(byte[] written) {
      int rows = written.length - CodecUtil.footerLength();
      written[random().nextInt(rows)] ^= (byte) (1 << random().nextInt(8));
      return written;
    }
  }

  private static final class CutOff extends DamagingDirectory {
    @Override
    byte[] damaged(byte[] written) {
      return Arrays.copyOf(written, random().nextInt(written.length));
    }
  }
}
