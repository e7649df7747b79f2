package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.document.DocumentField;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.PluginsService;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchSingleNodeTestCase;
import org.rapidin.plugin.mapper.TestAttributors;
import org.rapidin.scorer.ElementType;

/**
 * A node with an index {@code train} of 60 documents on 3 shards; every tenth has no vector. The
 * oracle knows the vectors as they are stored and computes in double.
 */
public abstract class InfluenceNodeTestCase extends OpenSearchSingleNodeTestCase {
  /** The index. */
  protected static final String INDEX = "train";

  /** Documents that have a vector. */
  protected static final int WITH_VECTOR = 54;

  /** Float32 sums of 256 products against double. */
  protected static final double TOLERANCE = 1e-5;

  /** Vectors as they are stored, by document id. */
  protected final Map<String, float[]> stored = new TreeMap<>();

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(GradientTestPlugin.class);
  }

  /** The node's plugin. */
  protected GradientTestPlugin plugin() {
    return getInstanceFromNode(PluginsService.class)
        .filterPlugins(GradientTestPlugin.class)
        .getFirst();
  }

  /** Creates and fills {@link #INDEX}. */
  protected void createTrainingIndex(String attributor) {
    createTrainingIndex(attributor, Settings.EMPTY);
  }

  /** Creates and fills {@link #INDEX} with more settings. */
  protected void createTrainingIndex(String attributor, Settings more) {
    createIndex(INDEX, 3, attributor, more);
    for (int from = 0; from < 60; from += 20) {
      // Three refreshes: three segments a shard.
      BulkRequest bulk = new BulkRequest(INDEX).setRefreshPolicy(RefreshPolicy.IMMEDIATE);
      for (int i = from; i < from + 20; i++) {
        bulk.add(document(i));
      }
      assertFalse(client().bulk(bulk).actionGet().hasFailures());
    }
  }

  /** Creates an index with the mapping of training documents. */
  protected void createIndex(String name, int shards, String attributor) {
    createIndex(name, shards, attributor, Settings.EMPTY);
  }

  private void createIndex(String name, int shards, String attributor, Settings more) {
    String mapping =
        """
        {"_doc": {"properties": {
           "title": {"type": "text"}, "lang": {"type": "keyword"}, "group": {"type": "keyword"},
           "key": {"type": "keyword"}, "n": {"type": "integer"},
           "gradient": {"type": "gradient_vector", "attributor": "%s"}}}}
        """
            .formatted(attributor);
    Settings.Builder settings =
        Settings.builder()
            .put("index.codec", "rapidin")
            .put("index.number_of_shards", shards)
            .put("index.number_of_replicas", 0)
            .put(more);
    client()
        .admin()
        .indices()
        .create(new CreateIndexRequest(name).settings(settings).mapping(mapping))
        .actionGet();
  }

  private IndexRequest document(int i) {
    String id = "doc-" + (i < 10 ? "0" : "") + i;
    Map<String, Object> source = new TreeMap<>();
    source.put("title", (i % 3 == 0 ? "alpha " : "beta ") + "word" + i);
    source.put("lang", i % 2 == 0 ? "en" : "de");
    source.put("group", "g" + i % 7);
    source.put("key", id);
    source.put("n", i + 1);
    if (i % 10 != 9) {
      source.put("gradient", base64(id, FakeGradients.gaussian(i)));
    }
    return new IndexRequest(INDEX).id(id).source(source);
  }

  /** The row of a document as it is sent, remembered for the oracle. */
  protected String base64(String id, float[] vector) {
    byte[] row = ElementType.FLOAT16.encode(vector);
    stored.put(id, ElementType.FLOAT16.decode(row));
    return Base64.getEncoder().encodeToString(row);
  }

  /** Searches as REST does: the body is parsed. */
  protected SearchResponse search(String body, String... indices) {
    SearchResponse response =
        client()
            .search(
                new SearchRequest(indices.length == 0 ? new String[] {INDEX} : indices)
                    .source(source(body)))
            .actionGet();
    assertEquals(Arrays.toString(response.getShardFailures()), 0, response.getFailedShards());
    return response;
  }

  /** Parses the body of a search. */
  protected SearchSourceBuilder source(String body) {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, body)) {
      return SearchSourceBuilder.fromXContent(parser);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** An influence query by vector, with more keys in the field's object. */
  protected static String byVector(float[] vector, String... more) {
    String keys = more.length == 0 ? "" : ", " + String.join(", ", more);
    return "{\"influence\": {\"gradient\": {\"vector\": " + Arrays.toString(vector) + keys + "}}}";
  }

  /** The oracle's raw influence. */
  protected double raw(float[] query, String id) {
    double sum = 0;
    float[] vector = stored.get(id);
    for (int k = 0; k < query.length; k++) {
      sum += (double) query[k] * vector[k];
    }
    return sum;
  }

  /** The oracle's score, as {@code docs/architecture.md} has it. */
  protected double score(float[] query, String id) {
    double squares = 0;
    for (float value : query) {
      squares += (double) value * value;
    }
    double x = raw(query, id) / (Math.sqrt(squares) * TestAttributors.SCORE_SCALE);
    return 1 + x / (1 + Math.abs(x));
  }

  /** Ids of all documents with a vector, best first. */
  protected List<String> ranked(ToDoubleFunction<String> score) {
    return stored.keySet().stream().sorted(Comparator.comparingDouble(score).reversed()).toList();
  }

  /** Ids of hits in order. */
  protected static List<String> ids(SearchResponse response) {
    return Arrays.stream(response.getHits().getHits()).map(SearchHit::getId).toList();
  }

  /** The one value of a hit's document field. */
  protected static double value(SearchHit hit, String field) {
    DocumentField found = hit.field(field);
    assertNotNull("hit [" + hit.getId() + "] has no field [" + field + "]", found);
    assertEquals(1, found.getValues().size());
    return ((Number) found.getValue()).doubleValue();
  }

  /** Number of a document id. */
  protected static int number(String id) {
    return Integer.parseInt(id.substring("doc-".length()));
  }
}
