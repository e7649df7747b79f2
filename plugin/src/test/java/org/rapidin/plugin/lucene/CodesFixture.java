package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.rapidin.scorer.ElementType;

/**
 * The index with codes that is kept, as it was written, for each version of the format that has
 * graphs: a merged segment with a graph, a flushed one without, and a deleted document.
 */
final class CodesFixture {
  /** K and B. */
  static final int DIMENSION = 64;

  /** Documents of the segment with a graph. */
  static final int MERGED = 128;

  /** All documents that were written; the deleted one counts. */
  static final int DOCUMENTS = MERGED + 66;

  /** The document that was deleted, after the merge. */
  static final int DELETED = 7;

  private static final int GRAPH_ROWS = 100;

  private CodesFixture() {}

  /**
   * Writes the index in the current version of the format, to be zipped and kept.
   *
   * @param arguments an empty folder
   */
  public static void main(String[] arguments) throws IOException {
    try (Directory directory = FSDirectory.open(Path.of(arguments[0]))) {
      write(directory);
    }
  }

  static void write(Directory directory) throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config())) {
      add(writer, 0, MERGED / 2);
      writer.flush();
      add(writer, MERGED / 2, MERGED);
      writer.forceMerge(1);
    }
    IndexWriterConfig unmerged = config().setMergePolicy(NoMergePolicy.INSTANCE);
    try (IndexWriter writer = new IndexWriter(directory, unmerged)) {
      add(writer, MERGED, DOCUMENTS);
      writer.deleteDocuments(new Term(GradientCorpus.ID, Integer.toString(DELETED)));
    }
  }

  private static void add(IndexWriter writer, int from, int to) throws IOException {
    for (int id = from; id < to; id++) {
      Document document = new Document();
      document.add(new StringField(GradientCorpus.ID, Integer.toString(id), Field.Store.YES));
      document.add(GradientCorpus.field(vector(id)));
      writer.addDocument(document);
    }
  }

  /** A document's vector: a chirp, nearly orthogonal to those of other documents. */
  static float[] vector(int id) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) StrictMath.sin(0.618 * (id + 1) * (i + 1) * (i + 1));
    }
    return vector;
  }

  /** No compound files, which a merge of a test would not be told apart from. */
  static IndexWriterConfig config() {
    TieredMergePolicy merges = new TieredMergePolicy();
    merges.setNoCFSRatio(0);
    return new IndexWriterConfig()
        .setCodec(codec())
        .setMergePolicy(merges)
        .setUseCompoundFile(false);
  }

  /** A codec whose name Lucene finds without this class. */
  private static Codec codec() {
    KnnVectorsFormat format = new GradientVectorsFormat(ElementType.FLOAT16, DIMENSION, GRAPH_ROWS);
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return format;
      }
    };
  }
}
