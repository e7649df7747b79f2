package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.MultiBits;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.Bits;
import org.rapidin.plugin.lucene.VersionFixture.Gradients;

/** Segments of every version of the format are read, and merges write them in the current one. */
public class FormatVersionTests extends LuceneTestCase {

  public void testSegmentsOfEveryVersionAreReadAndMerged() throws IOException {
    for (int version = 0; version <= GradientVectorsFormat.VERSION_CURRENT; version++) {
      try (Directory directory = unzipped("version-%s.zip".formatted(version))) {
        assertEquals(version, version(directory));
        TestUtil.checkIndex(directory);
        assertHasAllVectors(directory);
        // A random merge policy may make a compound file whatever it is told.
        IndexWriterConfig config =
            newIndexWriterConfig()
                .setCodec(VersionFixture.codec())
                .setMergePolicy(new TieredMergePolicy());
        try (IndexWriter writer = new IndexWriter(directory, config.setUseCompoundFile(false))) {
          writer.getConfig().getMergePolicy().setNoCFSRatio(0);
          writer.forceMerge(1);
        }
        assertEquals(GradientVectorsFormat.VERSION_CURRENT, version(directory));
        assertHasAllVectors(directory);
      }
    }
  }

  private static void assertHasAllVectors(Directory directory) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      assertEquals(VersionFixture.DOCUMENTS - 1, reader.numDocs());
      Bits live = MultiBits.getLiveDocs(reader);
      StoredFields fields = reader.storedFields();
      for (LeafReaderContext leaf : reader.leaves()) {
        for (Gradients field : Gradients.values()) {
          assertHasAllVectors(leaf, field, live, fields);
        }
      }
    }
  }

  private static void assertHasAllVectors(
      LeafReaderContext leaf, Gradients field, Bits live, StoredFields fields) throws IOException {
    LeafReader reader = leaf.reader();
    FloatVectorValues values = reader.getFloatVectorValues(field.name());
    DocIndexIterator iterator = values.iterator();
    iterator.nextDoc();
    for (int doc = 0; doc < reader.maxDoc(); doc++) {
      if (live != null && !live.get(leaf.docBase + doc)) {
        continue;
      }
      int id = Integer.parseInt(fields.document(leaf.docBase + doc).get(VersionFixture.ID));
      assertNotEquals(VersionFixture.DELETED, id);
      if (iterator.docID() < doc) {
        iterator.advance(doc);
      }
      float[] expected = field.stored(id);
      assertEquals(expected != null, iterator.docID() == doc);
      if (expected != null) {
        assertArrayEquals(expected, values.vectorValue(iterator.index()), 0f);
      }
    }
  }

  /** The version of the files of a segment that is no compound one. */
  static int version(Directory directory) throws IOException {
    for (String name : directory.listAll()) {
      if (name.endsWith(".rgv")) {
        try (IndexInput input = directory.openInput(name, IOContext.READONCE)) {
          return CodecUtil.checkHeader(
              input, GradientVectorsFormat.DATA_CODEC, 0, GradientVectorsFormat.VERSION_CURRENT);
        }
      }
    }
    throw new AssertionError("no .rgv");
  }

  /** Opens an index that is kept as a zip. */
  static Directory unzipped(String name) throws IOException {
    Path folder = createTempDir();
    try (InputStream stored = FormatVersionTests.class.getResourceAsStream(name);
        ZipInputStream zip = new ZipInputStream(stored)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Files.copy(zip, folder.resolve(entry.getName()));
      }
    }
    return new MMapDirectory(folder);
  }
}
