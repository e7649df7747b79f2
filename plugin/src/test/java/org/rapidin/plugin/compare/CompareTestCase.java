package org.rapidin.plugin.compare;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.plugins.Plugin;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.query.HoldingScript;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.ShardDocuments;
import org.rapidin.scorer.ElementType;

/** A node with documents that bring vectors of two attributors. */
abstract class CompareTestCase extends TinyNodeTestCase {
  static final int DOCUMENTS = 60;
  static final int QUERIES = 8;
  static final CompareSample SAMPLE = new CompareSample(QUERIES, 100, 3, 42);

  final Map<String, float[]> first = new HashMap<>();
  final Map<String, float[]> second = new HashMap<>();

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(RapidInPlugin.class, HoldingScript.class);
  }

  /** Makes the vectors of a document. */
  interface Vectors {
    float[] vector(Random random, int dimension);
  }

  static float[] gaussian(Random random, int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  /** Products of few small numbers, of which many are equal. */
  static float[] few(Random random, int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < 40; i++) {
      vector[random.nextInt(dimension)] = 1;
    }
    return vector;
  }

  /** Creates an index with a field of each attributor. */
  void create(String a, ElementType one, String b, ElementType two) {
    create(
        "train",
        "{\"one\":%s,\"deep\":{\"properties\":{\"two\":%s}}}"
            .formatted(field(a, one), field(b, two)));
  }

  void create(String index, String properties) {
    client()
        .admin()
        .indices()
        .prepareCreate(index)
        .setSettings(
            Settings.builder().put("index.codec", "rapidin").put("index.number_of_shards", 3))
        .setMapping("{\"properties\":" + properties + "}")
        .get();
  }

  void fill(ElementType one, ElementType two, Vectors vectors) {
    put("a", spec("tiny", 256));
    put("b", spec("tiny", 512));
    create("a", one, "b", two);
    Random random = new Random(5);
    for (int i = 0; i < DOCUMENTS; i++) {
      float[] ofOne = vectors.vector(random, 256);
      // Something in common, and something else.
      float[] ofTwo = vectors.vector(random, 512);
      for (int k = 0; k < 256; k++) {
        ofTwo[k] = ofOne[k];
      }
      first.put("" + i, ofOne);
      second.put("" + i, ofTwo);
    }
    index(first, second);
    // Without one of the vectors a document is not compared.
    index(Map.of("x", first.get("0")), Map.of());
    index(Map.of(), Map.of("y", second.get("0")));
  }

  static String field(String attributor, ElementType type) {
    return "{\"type\":\"gradient_vector\",\"attributor\":\"%s\",\"element_type\":\"%s\"}"
        .formatted(attributor, type.name().toLowerCase(Locale.ROOT));
  }

  void index(Map<String, float[]> ones, Map<String, float[]> twos) {
    Map<String, Map<String, Object>> documents = new HashMap<>();
    ones.forEach(
        (id, vector) -> documents.computeIfAbsent(id, none -> new HashMap<>()).put("one", vector));
    twos.forEach(
        (id, vector) ->
            documents
                .computeIfAbsent(id, none -> new HashMap<>())
                .put("deep", Map.of("two", vector)));
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    documents.forEach(
        (id, source) -> bulk.add(client().prepareIndex("train").setId(id).setSource(source)));
    BulkResponse answer = bulk.get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
  }

  Agreement compare(String a, String b, String index, CompareSample sample) {
    return start(a, b, index, sample).actionGet().agreement();
  }

  ActionFuture<CompareAction.Response> start(
      String a, String b, String index, CompareSample sample) {
    return client()
        .execute(
            CompareAction.INSTANCE,
            new CompareAction.Request(side(a), side(b), index, sample, false));
  }

  static CompareAction.Side side(String attributor) {
    String[] parts = attributor.split("/");
    return new CompareAction.Side(parts[0], parts.length == 1 ? null : parts[1]);
  }

  /** The same documents in the order in which they are read. */
  List<String> ids(CompareSample sample, boolean queries) {
    List<RandomDocuments.Drawn> drawn =
        new RandomDocuments(List.of("one", "deep.two"), sample.size(), sample.seed())
            .draw(client(), "train", null, () -> {});
    List<String> ids = new ArrayList<>();
    ShardDocuments.of(
            queries
                ? drawn.subList(0, sample.queries())
                : drawn.subList(sample.queries(), drawn.size()))
        .forEach(shard -> ids.addAll(shard.ids()));
    return ids;
  }
}
