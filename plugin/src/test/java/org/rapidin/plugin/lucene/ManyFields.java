package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.Bits;
import org.junit.Assert;
import org.rapidin.scorer.ElementType;

/**
 * Documents with several vector fields that share a file; a document's id decides its vectors.
 *
 * @param codes whether rows have codes, and merged segments graphs; K is a power of two then
 */
record ManyFields(
    int dimension, List<String> names, ElementType type, boolean sorted, boolean codes) {
  static final String ID = "id";
  private static final String KEY = "key";
  private static final int CODE_BITS = 64;

  /** Fields without codes. */
  ManyFields(int dimension, List<String> names, ElementType type, boolean sorted) {
    this(dimension, names, type, sorted, false);
  }

  /** Fields with or without codes. */
  static ManyFields random(Random random, boolean sorted) {
    return random.nextBoolean()
        ? withCodes(random, sorted)
        : new ManyFields(random.nextInt(1, 300), names(random), type(random), sorted);
  }

  static ManyFields withCodes(Random random, boolean sorted) {
    int dimension = CODE_BITS << random.nextInt(3);
    return new ManyFields(dimension, names(random), type(random), sorted, true);
  }

  private static List<String> names(Random random) {
    return List.of("a", "b", "c").subList(0, random.nextInt(1, 4));
  }

  private static ElementType type(Random random) {
    return ElementType.values()[random.nextInt(ElementType.values().length)];
  }

  /** Segments end where a test ends them, and their files stay apart. */
  IndexWriterConfig config() {
    IndexWriterConfig config =
        LuceneTestCase.newIndexWriterConfig()
            .setCodec(TestUtil.alwaysKnnVectorsFormat(format()))
            .setMergePolicy(NoMergePolicy.INSTANCE)
            .setMaxBufferedDocs(IndexWriterConfig.DISABLE_AUTO_FLUSH)
            .setRAMBufferSizeMB(64)
            .setUseCompoundFile(false);
    return sorted ? config.setIndexSort(new Sort(new SortField(KEY, SortField.Type.LONG))) : config;
  }

  private GradientVectorsFormat format() {
    return codes
        ? new GradientVectorsFormat(type, CODE_BITS, CodeEntry.FEW_ROWS)
        : new GradientVectorsFormat(type, 0);
  }

  Document document(int id) {
    Document document = new Document();
    document.add(new StringField(ID, Integer.toString(id), Field.Store.YES));
    document.add(new NumericDocValuesField(KEY, new Random(id).nextLong()));
    for (String field : names) {
      if (hasVector(id, field)) {
        document.add(
            new KnnFloatVectorField(
                field, vector(id, field), VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
      }
    }
    return document;
  }

  private static boolean hasVector(int id, String field) {
    return new Random(31L * id + field.hashCode()).nextInt(4) > 0;
  }

  private float[] vector(int id, String field) {
    Random numbers = new Random(7919L * id + field.hashCode());
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = numbers.nextFloat() - 0.5f;
    }
    return vector;
  }

  /** Checks every vector and code of an index, and returns the ids of its documents. */
  Set<Integer> check(DirectoryReader reader) throws IOException {
    Set<Integer> ids = new TreeSet<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      List<Integer> ofLeaf = new ArrayList<>();
      for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
        ofLeaf.add(Integer.parseInt(leaf.reader().storedFields().document(doc).get(ID)));
      }
      for (String field : names) {
        check(leaf, field, ofLeaf);
        checkCodes(leaf, field);
      }
      Bits live = leaf.reader().getLiveDocs();
      for (int doc = 0; doc < ofLeaf.size(); doc++) {
        if (live == null || live.get(doc)) {
          Assert.assertTrue(ids.add(ofLeaf.get(doc)));
        }
      }
    }
    return ids;
  }

  private void check(LeafReaderContext leaf, String field, List<Integer> ids) throws IOException {
    FloatVectorValues values = leaf.reader().getFloatVectorValues(field);
    DocIndexIterator iterator = values == null ? null : values.iterator();
    Set<Integer> found = new TreeSet<>();
    while (iterator != null && iterator.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      int id = ids.get(iterator.docID());
      found.add(id);
      Assert.assertArrayEquals(
          type.decode(type.encode(vector(id, field))), values.vectorValue(iterator.index()), 0f);
    }
    Bits live = leaf.reader().getLiveDocs();
    for (int doc = 0; doc < ids.size(); doc++) {
      if (live == null || live.get(doc)) {
        Assert.assertEquals(hasVector(ids.get(doc), field), found.contains(ids.get(doc)));
      }
    }
  }

  /** Codes, and the graph over them if there is one, are those of the rows of their segment. */
  private void checkCodes(LeafReaderContext leaf, String field) throws IOException {
    Optional<SegmentMatrix> found = SegmentMatrix.open(leaf.reader(), field);
    if (found.isEmpty()) {
      return;
    }
    SegmentMatrix rows = found.get();
    Assert.assertEquals(codes && rows.rows() >= CodeEntry.FEW_ROWS, rows.codes().isPresent());
    if (rows.codes().isPresent()) {
      CodeStorageTests.assertCodesOfRows(rows, rows.codes().get());
    }
    if (rows.graph().isPresent()) {
      Assert.assertEquals(rows.rows(), rows.graph().get().size());
    }
  }

  static void assertNoTemporaryFiles(Directory directory) throws IOException {
    for (String name : directory.listAll()) {
      Assert.assertFalse(name, name.endsWith(".tmp"));
    }
  }
}
