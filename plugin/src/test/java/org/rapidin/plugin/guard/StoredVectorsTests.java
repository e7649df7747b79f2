package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.engine.Engine;
import org.opensearch.test.rest.FakeRestChannel;
import org.opensearch.test.rest.FakeRestRequest;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.plugin.lucene.VectorOrigins;
import org.rapidin.plugin.registry.VectorizeAction;
import org.rapidin.plugin.rest.RestStatsAction;

/** What is stored with a vector: its attributor, the digest of its text, its precision. */
public class StoredVectorsTests extends GradientDocumentsTestCase {

  public void testAPipelineOfAnotherAttributorFailsTheItemWithBothFingerprints() {
    createAttributor();
    String mine = put("demo", spec("tiny", DIMENSION)).fingerprint();
    String others = put("other", otherSeed()).fingerprint();
    putPipeline("of-other", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"other\"}}]}");
    createIndex("train", "demo", "influence");
    assertFalse(indexOne("train", document()).isFailed());
    BulkItemResponse wrong =
        bulk(new IndexRequest("train").setPipeline("of-other").source(document()));
    assertEquals(RestStatus.BAD_REQUEST, wrong.status());
    assertThat(
        wrong.getFailureMessage(),
        containsString("attributor [demo] with fingerprint [" + mine + "], the value is of"));
    assertThat(
        wrong.getFailureMessage(),
        containsString("attributor [other] with fingerprint [" + others + "]"));
  }

  public void testAnAttributorPutAgainWithAnotherSeedAddsNothingToTheOldIndex() {
    createAttributor();
    createIndex("train", "demo", "influence");
    assertFalse(indexOne("train", document()).isFailed());
    assertEquals(1, hits("train"));
    assertThat(vectors(), containsString("\"current\":1,\"foreign\":0,\"stale\":0"));
    delete("demo", true);
    assertThat(vectors(), containsString("\"current\":0,\"foreign\":0,\"stale\":1"));
    put("demo", otherSeed());
    BulkItemResponse item = indexOne("train", document());
    assertThat(item.getFailureMessage(), containsString("field [gradient] holds vectors of"));
    assertEquals(1, hits("train"));
    assertThat(vectors(), containsString("\"current\":0,\"foreign\":0,\"stale\":1"));
  }

  /** What {@code GET _plugins/_rapidin/stats} says of the vectors of indices. */
  private String vectors() {
    FakeRestRequest request = new FakeRestRequest.Builder(xContentRegistry()).build();
    FakeRestChannel channel = new FakeRestChannel(request, false, 1);
    try {
      new RestStatsAction().handleRequest(request, channel, getInstanceFromNode(NodeClient.class));
      assertBusy(() -> assertEquals(1, channel.responses().get()));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return channel.capturedResponse().content().utf8ToString();
  }

  public void testARowCarriesTheFingerprintAndTheDigestOfItsText() throws IOException {
    createAttributor();
    createIndex("train", "demo", "influence");
    assertFalse(indexOne("train", document()).isFailed());
    float[] brought = new float[DIMENSION];
    brought[3] = 1;
    assertFalse(
        bulk(new IndexRequest("train").setPipeline("_none").source("gradient", brought))
            .isFailed());
    client().admin().indices().prepareForceMerge("train").setMaxNumSegments(1).get();
    try (Engine.Searcher searcher = shard("train").acquireSearcher("test")) {
      VectorOrigins origins =
          VectorOrigins.open(searcher.getIndexReader().leaves().getFirst().reader(), "gradient");
      VectorOrigin computed = origins.of(0).orElseThrow();
      assertEquals(attributors("demo").getFirst().fingerprint(), computed.fingerprint());
      Sample sample =
          spec("tiny", DIMENSION)
              .template()
              .render(new TextLimit(64), field -> (String) document().get(field));
      assertArrayEquals(sample.digest(), computed.textDigest());
      assertEquals(Optional.of(VectorOrigin.foreign()), origins.of(1));
    }
  }

  public void testRow26ReplayOfTheTranslogUsesTheStoredVectorWhereModelAndAttributorAreGone()
      throws Exception {
    createAttributor();
    createIndex("train", "demo", "influence");
    assertFalse(indexOne("train", document()).isFailed());
    float[] before = storedVector("train");
    delete("demo", true);
    // Never flushed: the document comes back from the translog alone.
    shard("train").failShard("a test", null);
    assertBusy(
        () -> {
          ensureGreen("train");
          assertEquals(1, shard("train").recoveryState().getTranslog().recoveredOperations());
        });
    assertArrayEquals(before, storedVector("train"), 0);
    assertEquals(1, hits("train"));
  }

  public void testAFieldOfSinglePrecisionGetsSinglePrecision() throws IOException {
    createAttributor();
    client()
        .admin()
        .indices()
        .prepareCreate("wide")
        .setSettings(SETTINGS)
        .setMapping(MAPPING.replace("\"demo\"", "\"demo\",\"element_type\":\"float32\""))
        .get();
    BulkItemResponse item = indexOne("wide", document());
    assertFalse(item.getFailureMessage(), item.isFailed());
    GradientVector expected = vectorOf(new Sample("a\n", "b"));
    assertArrayEquals(expected.values(), storedVector("wide"), 0);
  }

  private float[] storedVector(String index) throws IOException {
    try (Engine.Searcher searcher = shard(index).acquireSearcher("test")) {
      return searcher
          .getIndexReader()
          .leaves()
          .getFirst()
          .reader()
          .getFloatVectorValues("gradient")
          .vectorValue(0)
          .clone();
    }
  }

  private GradientVector vectorOf(Sample sample) {
    GradientResult result =
        client()
            .execute(VectorizeAction.INSTANCE, new VectorizeAction.Request("demo", List.of(sample)))
            .actionGet()
            .results()
            .getFirst();
    return ((GradientResult.Vector) result).vector();
  }

  private static AttributorSpec otherSeed() {
    Map<String, Object> spec = AttributorSpecFormat.toMap(spec("tiny", DIMENSION));
    spec.put("compression", Map.of("dimension", DIMENSION, "seed", 7));
    return AttributorSpecFormat.fromMap(spec);
  }
}
