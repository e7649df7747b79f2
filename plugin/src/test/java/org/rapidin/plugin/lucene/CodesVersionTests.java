package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.TestUtil;
import org.rapidin.scorer.ElementType;

/** Codes and graphs of every version that has graphs are read, searched and merged. */
public class CodesVersionTests extends GradientIndexTestCase {
  /** So few that the graph of the large segment is searched. */
  private static final Candidates CANDIDATES = new Candidates(2, 3);

  public void testCodesAndGraphsOfEveryVersionAreReadSearchedAndMerged() throws IOException {
    for (int version = GradientVectorsFormat.VERSION_GRAPHS;
        version <= GradientVectorsFormat.VERSION_CURRENT;
        version++) {
      try (Directory directory = FormatVersionTests.unzipped("codes-%s.zip".formatted(version))) {
        assertEquals(version, FormatVersionTests.version(directory));
        TestUtil.checkIndex(directory);
        assertIndex(directory, List.of(CodesFixture.MERGED, 0));
        try (IndexWriter writer = new IndexWriter(directory, CodesFixture.config())) {
          writer.forceMerge(1);
        }
        assertEquals(GradientVectorsFormat.VERSION_CURRENT, FormatVersionTests.version(directory));
        assertIndex(directory, List.of(CodesFixture.DOCUMENTS - 1));
      }
    }
  }

  private static void assertIndex(Directory directory, List<Integer> graphs) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      assertEquals(graphs, GraphIndexTestCase.graphs(reader));
      for (LeafReaderContext leaf : reader.leaves()) {
        SegmentMatrix rows = SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow();
        CodeStorageTests.assertCodesOf(rows, rows.codes().orElseThrow());
      }
      // Of so few documents a search may visit too many: then their codes are scanned.
      ScanEngines engines = ScanEngines.onCpu();
      for (int id = 0; id < CodesFixture.DOCUMENTS; id++) {
        assertFindsItself(reader, id, engines);
      }
      assertTrue(engines.counters().counts().graphs() > 0);
    }
  }

  /** A document's own vector finds it, if it was not deleted, with the exact score. */
  private static void assertFindsItself(DirectoryReader reader, int id, ScanEngines engines)
      throws IOException {
    float[] vector = CodesFixture.vector(id);
    InfluenceQuery query = GraphIndexTestCase.query(vector, null, CANDIDATES, false, engines);
    Map<Integer, Float> scores = scores(new IndexSearcher(reader), query);
    assertEquals(CANDIDATES.k(), scores.size());
    if (id == CodesFixture.DELETED) {
      assertNull(scores.get(id));
    } else {
      float[] stored = ElementType.FLOAT16.decode(ElementType.FLOAT16.encode(vector));
      double product = GradientCorpus.product(stored, vector);
      assertEquals(query.score().score(product), scores.get(id), 1e-5);
    }
  }
}
