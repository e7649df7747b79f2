package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

/** Documents with several vector fields that share a file; a document's id decides its vectors. */
record ManyFields(int dimension, List<String> names, ElementType type, boolean sorted) {
  static final String ID = "id";
  private static final String KEY = "key";

  static ManyFields random(Random random, boolean sorted) {
    List<String> names = List.of("a", "b", "c").subList(0, random.nextInt(1, 4));
    ElementType type = ElementType.values()[random.nextInt(ElementType.values().length)];
    return new ManyFields(random.nextInt(1, 300), names, type, sorted);
  }

  /** Segments end where a test ends them, and their files stay apart. */
  IndexWriterConfig config() {
    IndexWriterConfig config =
        LuceneTestCase.newIndexWriterConfig()
            .setCodec(TestUtil.alwaysKnnVectorsFormat(new GradientVectorsFormat(type, 0)))
            .setMergePolicy(NoMergePolicy.INSTANCE)
            .setMaxBufferedDocs(IndexWriterConfig.DISABLE_AUTO_FLUSH)
            .setRAMBufferSizeMB(64)
            .setUseCompoundFile(false);
    return sorted ? config.setIndexSort(new Sort(new SortField(KEY, SortField.Type.LONG))) : config;
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

  /** Checks every vector of an index, and returns the ids of its documents. */
  Set<Integer> check(DirectoryReader reader) throws IOException {
    Set<Integer> ids = new TreeSet<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      List<Integer> ofLeaf = new ArrayList<>();
      for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
        ofLeaf.add(Integer.parseInt(leaf.reader().storedFields().document(doc).get(ID)));
      }
      for (String field : names) {
        check(leaf, field, ofLeaf);
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

  static void assertNoTemporaryFiles(Directory directory) throws IOException {
    for (String name : directory.listAll()) {
      Assert.assertFalse(name, name.endsWith(".tmp"));
    }
  }
}
