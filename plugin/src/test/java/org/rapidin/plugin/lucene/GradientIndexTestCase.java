package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;
import static org.rapidin.plugin.lucene.GradientCorpus.ID;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.bits.CpuCodeScanEngine;

/** What the tests of a real index with gradient vectors share. */
abstract class GradientIndexTestCase extends LuceneTestCase {
  /** A mapping's score scale that spreads Gaussian products over about ±1. */
  static final double SCALE = 1;

  /** The directory of production: rows are scored where they are mapped. */
  static Directory mapped() throws IOException {
    return new MMapDirectory(createTempDir());
  }

  static IndexWriterConfig config(GradientCorpus corpus, boolean sorted) {
    IndexWriterConfig config = newIndexWriterConfig().setCodec(corpus.codec());
    return sorted
        ? config.setIndexSort(new Sort(new SortField(GradientCorpus.SORT_KEY, SortField.Type.INT)))
        : config;
  }

  static InfluenceQuery query(float[] vector) {
    return query(FIELD, vector, InfluenceScore.of(vector, SCALE, false));
  }

  static InfluenceQuery query(String field, float[] vector, InfluenceScore score) {
    return query(field, vector, score, new CpuScanEngine());
  }

  static InfluenceQuery query(
      String field, float[] vector, InfluenceScore score, ScanEngine engine) {
    return query(field, vector, score, null, engine);
  }

  static InfluenceQuery query(
      String field, float[] vector, InfluenceScore score, Query filter, ScanEngine engine) {
    ScanEngines engines = new ScanEngines(engine, new CpuCodeScanEngine());
    return new InfluenceQuery(
        field, vector, score, filter, null, engines, searcher -> new TimeIsUp());
  }

  /** What a scan throws here when its time is up. */
  static final class TimeIsUp extends RuntimeException {}

  /** Every hit's score, by id. */
  static Map<Integer, Float> scores(IndexSearcher searcher, Query query) throws IOException {
    IndexReader reader = searcher.getIndexReader();
    StoredFields fields = reader.storedFields();
    Map<Integer, Float> scores = new TreeMap<>();
    for (ScoreDoc hit : searcher.search(query, Math.max(1, reader.maxDoc())).scoreDocs) {
      Float before = scores.put(id(fields, hit.doc), hit.score);
      assertNull("found twice", before);
    }
    return scores;
  }

  static int id(StoredFields fields, int doc) throws IOException {
    return Integer.parseInt(fields.document(doc).get(ID));
  }

  /** The scores that the oracle's inner products give, by id. */
  static Map<Integer, Float> expected(GradientCorpus corpus, InfluenceQuery query) {
    Map<Integer, Float> expected = new TreeMap<>();
    corpus
        .products(query.vector())
        .forEach((id, product) -> expected.put(id, query.score().score(product)));
    return expected;
  }

  static void assertScores(Map<Integer, Float> expected, Map<Integer, Float> actual) {
    assertEquals("matching documents", expected.keySet(), actual.keySet());
    // x is within 1e-5 of the magnitudes, which are at most ‖d‖·‖q‖/(‖q‖·s), spread over K.
    expected.forEach((id, score) -> assertEquals("document " + id, score, actual.get(id), 1e-4));
  }
}
