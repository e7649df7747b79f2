package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.COLOUR;
import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.rapidin.scorer.ElementType;

/** Whatever happened to an index, a search finds what a plain loop over the live vectors finds. */
public class InfluenceSearchTests extends GradientIndexTestCase {

  public void testAMappedIndexAgreesWithTheOracle() throws IOException {
    for (ElementType type : ElementType.values()) {
      try (Directory directory = mapped()) {
        checkALife(directory, new GradientCorpus(random(), 65_536, type), false);
      }
    }
  }

  public void testAnIndexSortAgreesWithTheOracle() throws IOException {
    try (Directory directory = mapped()) {
      checkALife(directory, new GradientCorpus(random(), 65_536, ElementType.FLOAT16), true);
    }
  }

  public void testAnyDirectoryAgreesWithTheOracle() throws IOException {
    for (ElementType type : ElementType.values()) {
      try (Directory directory = newDirectory()) {
        checkALife(directory, new GradientCorpus(random(), 1000, type), random().nextBoolean());
      }
    }
  }

  private static void checkALife(Directory directory, GradientCorpus corpus, boolean sorted)
      throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, sorted))) {
      for (int segment = 0; segment < 3; segment++) {
        corpus.add(writer, 20);
        writer.flush();
      }
      for (int i = 0; i < 12; i++) {
        corpus.delete(writer, random().nextInt(corpus.ids()));
        corpus.update(writer, random().nextInt(corpus.ids()));
      }
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        check(reader, corpus);
      }
      writer.forceMerge(1);
      corpus.delete(writer, random().nextInt(corpus.ids()));
      corpus.add(writer, 5);
    }
    try (DirectoryReader reopened = DirectoryReader.open(directory)) {
      check(reopened, corpus);
    }
  }

  private static void check(DirectoryReader reader, GradientCorpus corpus) throws IOException {
    InfluenceQuery query = query(corpus.vector());
    // newSearcher wraps readers at random, so rows are also read through foreign wrappers.
    for (IndexSearcher searcher :
        new IndexSearcher[] {new IndexSearcher(reader), newSearcher(reader)}) {
      assertScores(expected(corpus, query), scores(searcher, query));
      assertEquals(corpus.stored().size(), searcher.count(query));
      checkConjunction(searcher, corpus, query);
    }
    checkNearestVectors(reader, corpus, query);
    checkSingleDocuments(reader, corpus, query);
  }

  /** A required clause makes Lucene score document by document. */
  private static void checkConjunction(
      IndexSearcher searcher, GradientCorpus corpus, InfluenceQuery query) throws IOException {
    BooleanQuery red =
        new BooleanQuery.Builder()
            .add(new TermQuery(new Term(COLOUR, "red")), Occur.FILTER)
            .add(query, Occur.MUST)
            .build();
    Map<Integer, Float> expected = expected(corpus, query);
    expected.keySet().removeIf(id -> !GradientCorpus.colour(id).equals("red"));
    assertScores(expected, scores(searcher, red));
  }

  /** Lucene's own vector search in each segment: the best of the accepted documents alone. */
  private static void checkNearestVectors(
      IndexReader reader, GradientCorpus corpus, InfluenceQuery query) throws IOException {
    Map<Integer, Double> products = corpus.products(query.vector());
    for (LeafReaderContext leaf : reader.leaves()) {
      StoredFields fields = leaf.reader().storedFields();
      Bits live = leaf.reader().getLiveDocs();
      FixedBitSet accepted = new FixedBitSet(leaf.reader().maxDoc());
      List<Integer> best = new ArrayList<>();
      for (int doc = 0; doc < accepted.length(); doc++) {
        int id = id(fields, doc);
        if ((live == null || live.get(doc)) && GradientCorpus.colour(id).equals("blue")) {
          accepted.set(doc);
          if (products.containsKey(id)) {
            best.add(id);
          }
        }
      }
      best.sort(Comparator.comparing(products::get).reversed());
      int k = Math.max(1, best.size() - 2);
      AcceptDocs blue = AcceptDocs.fromLiveDocs(accepted, accepted.length());
      List<Integer> found = new ArrayList<>();
      for (ScoreDoc hit :
          leaf.reader()
              .searchNearestVectors(FIELD, query.vector(), k, blue, Integer.MAX_VALUE)
              .scoreDocs) {
        found.add(id(fields, hit.doc));
      }
      assertEquals(best.subList(0, Math.min(k, best.size())), found);
    }
  }

  /** The fetch phase's way, and the decoded vectors: both under the right document. */
  private static void checkSingleDocuments(
      IndexReader reader, GradientCorpus corpus, InfluenceQuery query) throws IOException {
    Map<Integer, Double> products = new TreeMap<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      LeafInfluence influence = LeafInfluence.open(leaf, FIELD);
      Bits live = leaf.reader().getLiveDocs();
      StoredFields fields = leaf.reader().storedFields();
      for (int doc = leaf.reader().maxDoc() - 1; doc >= 0; doc--) {
        OptionalDouble product = influence.product(doc, new RawInfluence(query));
        if (product.isPresent() && (live == null || live.get(doc))) {
          products.put(id(fields, doc), product.getAsDouble());
        }
      }
    }
    Map<Integer, Double> expected = corpus.products(query.vector());
    assertEquals(expected.keySet(), products.keySet());
    expected.forEach((id, product) -> assertEquals(product, products.get(id), 0.05));
  }
}
