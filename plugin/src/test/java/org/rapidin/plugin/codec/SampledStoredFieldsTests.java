package org.rapidin.plugin.codec;

import java.io.IOException;
import java.util.Base64;
import java.util.Random;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.StoredFieldsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.index.BaseStoredFieldsFormatTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Lucene's tests of stored fields, and what is written of documents with vectors. */
public class SampledStoredFieldsTests extends BaseStoredFieldsFormatTestCase {
  private static final int ROW_BYTES = 2 * 65_536 + 4;

  @Override
  protected Codec getCodec() {
    return sampled();
  }

  /** A codec that readers know by name as Lucene's own, as the index's codec is. */
  private static Codec sampled() {
    Codec lucenes = TestUtil.getDefaultCodec();
    StoredFieldsFormat format = SampledStoredFields.of(lucenes.storedFieldsFormat());
    assertTrue(format instanceof SampledStoredFields);
    return new FilterCodec(lucenes.getName(), lucenes) {
      @Override
      public StoredFieldsFormat storedFieldsFormat() {
        return format;
      }
    };
  }

  private static String vector() {
    byte[] row = new byte[ROW_BYTES];
    // Not from random() itself, whose bytes repeat.
    new Random(random().nextLong()).nextBytes(row);
    return Base64.getEncoder().encodeToString(row);
  }

  private static String text(int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append(" word").append(random().nextInt(1000));
    }
    return text.toString();
  }

  /** Lucene's codec, found by name, reads texts around vectors, before and after a merge. */
  public void testLuceneReadsWhatIsWritten() throws IOException {
    String[] documents = new String[20];
    for (int i = 0; i < documents.length; i++) {
      documents[i] = text(random().nextInt(40_000)) + vector() + text(random().nextInt(40_000));
    }
    try (Directory directory = new ByteBuffersDirectory()) {
      IndexWriterConfig config =
          new IndexWriterConfig().setCodec(sampled()).setMergePolicy(new LogDocMergePolicy());
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        for (String document : documents) {
          writer.addDocument(document(document));
          if (random().nextInt(4) == 0) {
            writer.flush();
          }
        }
        writer.commit();
        requireStored(directory, documents);
        writer.forceMerge(1);
      }
      requireStored(directory, documents);
    }
  }

  private static void requireStored(Directory directory, String[] documents) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      StoredFields stored = reader.storedFields();
      for (int i = 0; i < documents.length; i++) {
        // Without a message of several hundred thousand characters.
        assertTrue("document " + i, documents[i].equals(stored.document(i).get("source")));
      }
    }
  }

  /** Nothing gets longer than Lucene's own by more than the lengths of blocks. */
  public void testWhatRepeatsIsCompressedAsLuceneDoes() throws IOException {
    for (String document : new String[] {text(200_000), vector(), text(100_000) + vector()}) {
      long lucenes = bytes(TestUtil.getDefaultCodec(), document);
      long ours = bytes(sampled(), document);
      assertTrue(ours + " bytes, Lucene " + lucenes, ours <= lucenes + lucenes / 100);
    }
  }

  private static long bytes(Codec codec, String document) throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(codec)
            .setUseCompoundFile(false)
            .setMergePolicy(NoMergePolicy.INSTANCE);
    try (Directory directory = new ByteBuffersDirectory()) {
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        writer.addDocument(document(document));
      }
      for (String file : directory.listAll()) {
        if (file.endsWith(".fdt")) {
          return directory.fileLength(file);
        }
      }
      throw new AssertionError("no stored fields");
    }
  }

  private static Document document(String text) {
    Document document = new Document();
    document.add(new StoredField("source", text));
    return document;
  }
}
