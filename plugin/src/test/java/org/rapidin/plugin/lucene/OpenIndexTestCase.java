package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.Directory;
import org.rapidin.scorer.ElementType;

/** Tests that search an index of a large segment and a small one. */
abstract class OpenIndexTestCase extends GradientIndexTestCase {
  private final int dimension;
  private final int merged;
  private final int more;

  Directory directory;
  GradientCorpus corpus;
  DirectoryReader reader;

  /**
   * @param dimension K
   * @param merged documents of the first segment
   * @param more documents of the second segment
   */
  OpenIndexTestCase(int dimension, int merged, int more) {
    this.dimension = dimension;
    this.merged = merged;
    this.more = more;
  }

  /** Deletes documents before the index is opened; none unless overridden. */
  void delete(IndexWriter writer) throws IOException {}

  @Override
  public void setUp() throws Exception {
    super.setUp();
    corpus = new GradientCorpus(random(), dimension, ElementType.FLOAT16);
    directory = mapped();
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
      corpus.add(writer, merged);
      writer.forceMerge(1);
      corpus.add(writer, more);
      delete(writer);
    }
    reader = DirectoryReader.open(directory);
  }

  @Override
  public void tearDown() throws Exception {
    reader.close();
    directory.close();
    super.tearDown();
  }
}
