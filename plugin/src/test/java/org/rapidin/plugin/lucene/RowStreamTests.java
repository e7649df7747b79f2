package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.rapidin.scorer.ElementType;

/** Rows leave the heap as documents arrive, and end where they belong. */
public class RowStreamTests extends LuceneTestCase {

  public void testRowsOfSeveralFieldsThatArriveInTurnAreNotMixed() throws IOException {
    for (int round = 0; round < 20; round++) {
      ManyFields fields = ManyFields.random(random(), random().nextBoolean());
      Set<Integer> ids = new TreeSet<>();
      try (Directory directory = newDirectory();
          IndexWriter writer = new IndexWriter(directory, fields.config())) {
        for (int id = 0; id < 100; id++) {
          writer.addDocument(fields.document(id));
          ids.add(id);
          if (random().nextInt(30) == 0) {
            writer.commit();
            ManyFields.assertNoTemporaryFiles(directory);
          }
        }
        assertEquals(ids, found(fields, writer));
        writer.getConfig().setMergePolicy(newMergePolicy());
        writer.forceMerge(1);
        assertEquals(ids, found(fields, writer));
        ManyFields.assertNoTemporaryFiles(directory);
      }
    }
  }

  private static Set<Integer> found(ManyFields fields, IndexWriter writer) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      return fields.check(reader);
    }
  }

  public void testTheHeapOfABufferedRowDoesNotDependOnItsLength() throws IOException {
    for (boolean sorted : new boolean[] {false, true}) {
      for (int dimension : new int[] {16, 16_384}) {
        var fields = new ManyFields(dimension, List.of("a", "b"), ElementType.FLOAT16, sorted);
        try (Directory directory = newDirectory();
            IndexWriter writer = new IndexWriter(directory, fields.config())) {
          add(fields, writer, 0, 100);
          long before = writer.ramBytesUsed();
          add(fields, writer, 100, 1000);
          long bytes = (writer.ramBytesUsed() - before) / 1000;
          // Postings and doc values of the id and the key, and at most 2 · (4 + 1) for the rows.
          assertTrue("%d bytes a document".formatted(bytes), bytes < 400);
        }
      }
    }
  }

  public void testRowsAreOnDiskBeforeTheFlush() throws IOException {
    var fields = new ManyFields(4096, List.of("a"), ElementType.FLOAT16, random().nextBoolean());
    try (MockDirectoryWrapper directory = newMockFSDirectory(createTempDir());
        IndexWriter writer = new IndexWriter(directory, fields.config())) {
      add(fields, writer, 0, 100);
      assertTrue(directory.sizeInBytes() > 50 * 8192);
      writer.rollback();
      assertEquals(
          List.of(), List.of(directory.listAll()).stream().filter(this::isOfRows).toList());
    }
  }

  private boolean isOfRows(String file) {
    return file.endsWith(".rgv") || file.endsWith(".rgm") || file.endsWith(".tmp");
  }

  private static void add(ManyFields fields, IndexWriter writer, int first, int count)
      throws IOException {
    for (int id = first; id < first + count; id++) {
      writer.addDocument(fields.document(id));
    }
  }
}
