package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.rapidin.scorer.ElementType;

/**
 * The index that is kept, as it was written, for each version of the format: a field of each
 * element type and two that share a file, documents without vectors, a deleted document, a compound
 * segment and one that is not.
 */
final class VersionFixture {
  static final String ID = "id";

  /** Documents that were written; the deleted one counts. */
  static final int DOCUMENTS = 40;

  /** The document that was deleted. */
  static final int DELETED = 5;

  private static final int DIMENSION = 24;

  /** A field of the index. */
  enum Gradients {
    HALF(ElementType.FLOAT16, 1),
    SPARSE_HALF(ElementType.FLOAT16, 3),
    SINGLE(ElementType.FLOAT32, 1),
    BYTES(ElementType.INT8, 2);

    private final ElementType type;
    private final int every;
    private final KnnVectorsFormat format;

    Gradients(ElementType type, int every) {
      this.type = type;
      this.every = every;
      this.format = new GradientVectorsFormat(type, 0);
    }

    ElementType elementType() {
      return type;
    }

    /** The numbers of a document's vector as they come out of the index, or null for none. */
    float[] stored(int id) {
      return id % every == 0 ? type.decode(type.encode(vector(id))) : null;
    }

    private float[] vector(int id) {
      float[] vector = new float[DIMENSION];
      for (int i = 0; i < DIMENSION; i++) {
        vector[i] = (float) StrictMath.sin(1 + id + 0.37 * i * (ordinal() + 1)) * (1 + id);
      }
      return vector;
    }

    private KnnVectorsFormat format() {
      return type == ElementType.FLOAT16 ? HALF.format : format;
    }
  }

  private VersionFixture() {}

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
    IndexWriterConfig config =
        new IndexWriterConfig().setCodec(codec()).setMergePolicy(NoMergePolicy.INSTANCE);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int id = 0; id < DOCUMENTS; id++) {
        writer.addDocument(document(id));
        if (id == DOCUMENTS / 2) {
          writer.commit();
          writer.getConfig().setUseCompoundFile(false);
        }
      }
      writer.deleteDocuments(new Term(ID, Integer.toString(DELETED)));
    }
  }

  private static Document document(int id) {
    Document document = new Document();
    document.add(new StringField(ID, Integer.toString(id), Field.Store.YES));
    for (Gradients field : Gradients.values()) {
      if (field.stored(id) != null) {
        document.add(
            new KnnFloatVectorField(
                field.name(), field.vector(id), VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
      }
    }
    return document;
  }

  /** A codec whose name Lucene finds without this class. */
  static Codec codec() {
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return Arrays.stream(Gradients.values())
            .filter(gradients -> gradients.name().equals(field))
            .findFirst()
            .orElseThrow()
            .format();
      }
    };
  }
}
