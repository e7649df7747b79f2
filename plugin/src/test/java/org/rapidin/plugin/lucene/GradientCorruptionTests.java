package org.rapidin.plugin.lucene;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.rapidin.scorer.ElementType;

/** A damaged file is an exception that says so: never a wrong score, never a fault of the JVM. */
public class GradientCorruptionTests extends GradientIndexTestCase {

  public void testRow22AnyFlippedBitIsFoundByTheIntegrityCheck() throws IOException {
    try (Directory whole = index()) {
      for (String extension : List.of("rgv", "rgc", "rgg", "rgm")) {
        String file = file(whole, extension);
        long length = whole.fileLength(file);
        for (int trial = 0; trial < 40; trial++) {
          // The ends hold header and footer; the middle, rows that opening does not read.
          long position = trial < 4 ? trial * (length - 1) / 3 : random().nextLong(length);
          assertFlipIsFound(whole, file, position);
        }
      }
    }
  }

  public void testRow23ATruncatedFileCannotBeOpened() throws IOException {
    try (Directory whole = index()) {
      for (String extension : List.of("rgv", "rgc", "rgg", "rgm")) {
        String file = file(whole, extension);
        long length = whole.fileLength(file);
        for (long kept : new long[] {0, 1, length / 2, length - 17, length - 1}) {
          assertCannotBeOpened(whole, file, kept);
        }
      }
    }
  }

  private static void assertFlipIsFound(Directory whole, String file, long flipped)
      throws IOException {
    try (Directory damaged = copy(whole, file, whole.fileLength(file), flipped)) {
      IOException fault = expectThrows(IOException.class, () -> openAndCheck(damaged));
      boolean otherVersion =
          fault instanceof IndexFormatTooNewException
              || fault instanceof IndexFormatTooOldException;
      assertTrue(fault.toString(), otherVersion || fault instanceof CorruptIndexException);
    }
  }

  private static void assertCannotBeOpened(Directory whole, String file, long kept)
      throws IOException {
    try (Directory damaged = copy(whole, file, kept, -1)) {
      IOException fault =
          expectThrows(IOException.class, () -> DirectoryReader.open(damaged).close());
      // Not even a header: Lucene's own word for it.
      boolean empty = kept < 20 && fault instanceof EOFException;
      assertTrue(
          file + " kept " + kept + ": " + fault, empty || fault instanceof CorruptIndexException);
    }
  }

  private static Directory copy(Directory whole, String file, long kept, long flipped)
      throws IOException {
    Directory damaged = new ByteBuffersDirectory();
    for (String name : whole.listAll()) {
      if (name.equals(file)) {
        damage(whole, damaged, name, kept, flipped);
      } else {
        damaged.copyFrom(whole, name, name, IOContext.DEFAULT);
      }
    }
    return damaged;
  }

  private static void damage(Directory from, Directory to, String name, long kept, long flipped)
      throws IOException {
    try (IndexInput in = from.openInput(name, IOContext.READONCE);
        IndexOutput out = to.createOutput(name, IOContext.DEFAULT)) {
      for (long i = 0; i < kept; i++) {
        byte value = in.readByte();
        out.writeByte(i == flipped ? (byte) (value ^ (1 << random().nextInt(8))) : value);
      }
    }
  }

  private static void openAndCheck(Directory directory) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      for (LeafReaderContext leaf : reader.leaves()) {
        ((CodecReader) leaf.reader()).getVectorReader().checkIntegrity();
      }
    }
  }

  private static Directory index() throws IOException {
    GradientCorpus corpus =
        new GradientCorpus(random(), 256, ElementType.FLOAT16, 256, CodeEntry.FEW_ROWS);
    Directory directory = new ByteBuffersDirectory();
    TieredMergePolicy merges = new TieredMergePolicy();
    merges.setNoCFSRatio(0);
    IndexWriterConfig config =
        config(corpus, false).setUseCompoundFile(false).setMergePolicy(merges);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      // Enough rows for codes.
      for (int i = 0; i < CodeEntry.FEW_ROWS; i++) {
        corpus.add(writer, corpus.vector());
      }
      writer.flush();
      corpus.add(writer, 20);
      writer.forceMerge(1); // makes the graph
    }
    openAndCheck(directory);
    return directory;
  }

  private static String file(Directory directory, String extension) throws IOException {
    List<String> found = new ArrayList<>();
    for (String name : directory.listAll()) {
      if (name.endsWith("." + extension)) {
        found.add(name);
      }
    }
    assertEquals(found.toString(), 1, found.size());
    return found.get(0);
  }
}
