package org.rapidin.benchmarks.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.benchmarks.node.Host;
import org.rapidin.benchmarks.scan.MappedRows;

/**
 * A node with one segment a shard of random vectors of K = 65,536 that the documents brought, next
 * to a text. The vectors of {@value #DISTINCT} documents are repeated.
 */
public final class StoredIndex implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DIMENSION = 65_536;
  private static final int DISTINCT = 256;
  private static final int WORDS = 50;
  private static final int BULK = 32;
  private static final int CLIENTS = 2;

  private final BenchNode node;
  private final int shards;
  private final List<String> distinct = new ArrayList<>();
  private int documents;

  private StoredIndex(BenchNode node, int shards) {
    this.node = node;
    this.shards = shards;
    for (int i = 0; i < DISTINCT; i++) {
      distinct.add(document(i));
    }
  }

  /**
   * Starts a node with an empty index.
   *
   * @param model that computes the queries' gradients
   * @param attributor of dimension 65,536
   * @param shards of the index
   */
  public static StoredIndex start(Path model, ObjectNode attributor, int shards)
      throws IOException, InterruptedException {
    BenchNode node = BenchNode.start("search", model, "2g", Map.of());
    node.createIndex(attributor, shards);
    node.client()
        .send(
            "PUT",
            "/" + BenchNode.NAME + "/_settings",
            """
            {"index.default_pipeline": "_none", "index.refresh_interval": "-1",
             "index.translog.durability": "async"}""");
    return new StoredIndex(node, shards);
  }

  private static String document(int i) {
    ByteBuffer vector = ByteBuffer.allocate(DIMENSION * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    vector.asFloatBuffer().put(MappedRows.gaussian(DIMENSION, i));
    return JSON.createObjectNode()
        .put("text", "word%s common".formatted(i % WORDS))
        .put("gradient", Base64.getEncoder().encodeToString(vector.array()))
        .toString();
  }

  /**
   * Adds documents, and merges those of each shard into one segment.
   *
   * @param count how many there are then
   * @return seconds
   */
  public double growTo(int count) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    List<String> more = new ArrayList<>();
    for (int i = documents; i < count; i++) {
      more.add(distinct.get(i % DISTINCT));
    }
    new BulkRun(node.client(), BenchNode.NAME).send(more, BULK, CLIENTS);
    documents = count;
    String index = "/" + BenchNode.NAME;
    node.client().send("POST", index + "/_forcemerge?max_num_segments=1", null);
    node.client().send("POST", index + "/_refresh", null);
    JsonNode primaries = primaries();
    int segments = primaries.at("/segments/count").asInt();
    if (segments != shards || primaries.at("/docs/count").asInt() != count) {
      throw new IOException(
          "%s documents are expected in %s segments: %s".formatted(count, shards, primaries));
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Returns the size of the index on the disk. */
  public long bytes() throws IOException, InterruptedException {
    return primaries().at("/store/size_in_bytes").asLong();
  }

  private JsonNode primaries() throws IOException, InterruptedException {
    return node.client()
        .get("/" + BenchNode.NAME + "/_stats/segments,docs,store")
        .at("/_all/primaries");
  }

  /** Returns how many bytes the node's process has read from disks so far. */
  public long bytesRead() throws IOException {
    Path io = Path.of("/proc", Long.toString(node.process().pid()), "io");
    return Long.parseLong(Host.firstLine(io, "read_bytes:").replaceAll("\\D", ""));
  }

  /** A search for influences on a text; equal numbers are equal texts. */
  public static String influence(int text) {
    ObjectNode search = JSON.createObjectNode().put("_source", false).put("size", 10);
    search
        .putObject("query")
        .putObject("influence")
        .putObject("gradient")
        .put("prompt", "Where did the cat sit?")
        .put("completion", "The cat number %s sat on the mat.".formatted(text));
    return search.toString();
  }

  /** A search for a word of the texts. */
  public static String match(int word) {
    ObjectNode search = JSON.createObjectNode().put("_source", false).put("size", 10);
    search.putObject("query").putObject("match").put("text", "word" + word % WORDS);
    return search.toString();
  }

  /** The node. */
  public BenchNode node() {
    return node;
  }

  @Override
  public void close() throws IOException {
    node.close();
  }
}
