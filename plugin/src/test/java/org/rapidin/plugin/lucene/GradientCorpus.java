package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.tests.util.TestUtil;
import org.rapidin.scorer.ElementType;

/** Documents with and without gradient vectors, and the slow plain truth about them. */
final class GradientCorpus {
  static final String FIELD = "gradient";
  static final String ID = "id";
  static final String SORT_KEY = "key";
  static final String COLOUR = "colour";

  private final Random random;
  private final int dimension;
  private final ElementType elementType;
  private final int codeBits;
  private final int graphRows;
  private final Map<Integer, float[]> stored = new TreeMap<>();
  private int nextId;

  GradientCorpus(Random random, int dimension, ElementType elementType) {
    this(random, dimension, elementType, 0);
  }

  /**
   * @param codeBits of each row, or 0 for none
   */
  GradientCorpus(Random random, int dimension, ElementType elementType, int codeBits) {
    this(random, dimension, elementType, codeBits, 0);
  }

  /**
   * @param graphRows rows from which on segments have a graph over their codes, or 0 for none
   */
  GradientCorpus(
      Random random, int dimension, ElementType elementType, int codeBits, int graphRows) {
    this.graphRows = graphRows;
    this.codeBits = codeBits;
    this.random = random;
    this.dimension = dimension;
    this.elementType = elementType;
  }

  Codec codec() {
    return TestUtil.alwaysKnnVectorsFormat(
        new GradientVectorsFormat(elementType, codeBits, graphRows));
  }

  /** Adds documents of which about one in four has no vector. */
  void add(IndexWriter writer, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      add(writer, random.nextInt(4) == 0 ? null : vector());
    }
  }

  /** Adds a document. */
  void add(IndexWriter writer, float[] vector) throws IOException {
    write(writer, nextId++, vector);
  }

  /** Overwrites a document with another vector. */
  void update(IndexWriter writer, int id) throws IOException {
    write(writer, id, vector());
  }

  /** Deletes a document. */
  void delete(IndexWriter writer, int id) throws IOException {
    writer.deleteDocuments(new Term(ID, Integer.toString(id)));
    stored.remove(id);
  }

  private void write(IndexWriter writer, int id, float[] vector) throws IOException {
    Document doc = new Document();
    doc.add(new StringField(ID, Integer.toString(id), Field.Store.YES));
    doc.add(new StringField(COLOUR, colour(id), Field.Store.NO));
    doc.add(new NumericDocValuesField(SORT_KEY, random.nextInt(1000)));
    stored.remove(id);
    if (vector != null) {
      doc.add(field(vector));
      stored.put(id, elementType.decode(elementType.encode(vector)));
    }
    writer.updateDocument(new Term(ID, Integer.toString(id)), doc);
  }

  /** A vector as a field of a document. */
  static Field field(float[] vector) {
    return new KnnFloatVectorField(FIELD, vector, VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT);
  }

  static String colour(int id) {
    return id % 3 == 0 ? "red" : "blue";
  }

  /** A random vector of length K. */
  float[] vector() {
    // The test framework's generator checks its thread at each number: too slow for 65,536.
    SplittableRandom numbers = new SplittableRandom(random.nextLong());
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) numbers.nextGaussian();
    }
    return vector;
  }

  /** How many ids were given. */
  int ids() {
    return nextId;
  }

  /** What is left of each live document's vector in the index, by id. */
  Map<Integer, float[]> stored() {
    return stored;
  }

  /** Inner products in double, by id. */
  Map<Integer, Double> products(float[] query) {
    Map<Integer, Double> products = new TreeMap<>();
    stored.forEach((id, vector) -> products.put(id, product(vector, query)));
    return products;
  }

  static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
