package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.apache.lucene.tests.util.TestUtil;
import org.rapidin.scorer.ElementType;

/** How much of a disk vectors take. */
public class RowBytesTests extends GradientIndexTestCase {

  public void testVectorFilesHaveAtMost64BytesADocumentMoreThanTheNumbers() throws IOException {
    int documents = 300;
    int dimension = 1024;
    for (int share : List.of(1, 2, 7)) {
      try (Directory directory = newDirectory();
          IndexWriter writer = new IndexWriter(directory, config())) {
        GradientCorpus corpus = new GradientCorpus(random(), dimension, ElementType.FLOAT16);
        for (int i = 0; i < documents * share; i++) {
          corpus.add(writer, i % share == 0 ? corpus.vector() : null);
        }
        writer.commit();
        assertTrue(vectorBytes(directory) <= documents * (2L * dimension + 64));
      }
    }
  }

  public void testAForceMergeLeavesVectorsAndTextAndTakesTheirSizeMeanwhile() throws IOException {
    int documents = 60;
    int dimension = 65_536;
    GradientCorpus corpus = new GradientCorpus(random(), dimension, ElementType.FLOAT16);
    try (MockDirectoryWrapper directory =
        new MockDirectoryWrapper(random(), new MMapDirectory(createTempDir()))) {
      long text = 0;
      try (IndexWriter writer = new IndexWriter(directory, config())) {
        for (int i = 0; i < documents; i++) {
          text += addWithText(writer, corpus);
          if (i % 15 == 0) {
            writer.flush();
          }
        }
        writer.commit();
        directory.setTrackDiskUsage(true);
        directory.resetMaxUsedSizeInBytes();
        writer.forceMerge(1);
        writer.commit();
      }
      double wanted = (double) documents * 2 * dimension + text;
      assertEquals(1, directory.sizeInBytes() / wanted, 0.05);
      assertEquals(2, directory.getMaxUsedSizeInBytes() / wanted, 0.1);
    }
  }

  private static long addWithText(IndexWriter writer, GradientCorpus corpus) throws IOException {
    String text = TestUtil.randomSimpleString(random(), 500, 2000);
    Document document = new Document();
    document.add(new TextField("text", text, Field.Store.YES));
    document.add(GradientCorpus.field(corpus.vector()));
    writer.addDocument(document);
    return text.length();
  }

  private static IndexWriterConfig config() {
    TieredMergePolicy policy = new TieredMergePolicy();
    policy.setNoCFSRatio(0);
    return new IndexWriterConfig()
        .setCodec(
            TestUtil.alwaysKnnVectorsFormat(new GradientVectorsFormat(ElementType.FLOAT16, 0)))
        .setMergePolicy(policy)
        .setUseCompoundFile(false);
  }

  private static long vectorBytes(Directory directory) throws IOException {
    long bytes = 0;
    for (String name : directory.listAll()) {
      if (name.endsWith(".rgv") || name.endsWith(".rgm")) {
        bytes += directory.fileLength(name);
      }
    }
    return bytes;
  }
}
