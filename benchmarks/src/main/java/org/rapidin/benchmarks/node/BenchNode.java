package org.rapidin.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.rapidin.distribution.Main;
import org.rapidin.distribution.MemoryCgroup;
import org.rapidin.distribution.ModelFolders;
import org.rapidin.distribution.NodeProcess;
import org.rapidin.distribution.OpenSearchClient;
import org.rapidin.distribution.ProcessUsage;
import org.rapidin.distribution.WorkFolder;

/**
 * The assembled node as a separate process, with models and, after {@link #createIndex}, an
 * attributor, a pipeline and an index that are all called {@value #NAME}. Its data is deleted when
 * the next one starts in the same folder.
 */
public final class BenchNode implements AutoCloseable {
  /** The name of the attributor, the pipeline and the index. */
  public static final String NAME = "bench";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ANSWER_LIMIT = Duration.ofHours(1);

  private final WorkFolder folder;
  private final NodeProcess process;
  private OpenSearchClient client;

  private BenchNode(WorkFolder folder, NodeProcess process) {
    this.folder = folder;
    this.process = process;
    this.client = new OpenSearchClient(process.address(), ANSWER_LIMIT);
  }

  /** The folder for models and other files of benchmarks, which git ignores. */
  public static Path files() {
    return Main.root().resolve(".rapidin/bench");
  }

  /**
   * Starts a node on a free port.
   *
   * @param name of the node's folder, below {@link #files()}
   * @param models a folder of models, or one model; null for none
   * @param heap as in {@code -Xmx}
   * @param settings lines of opensearch.yml
   */
  public static BenchNode start(String name, Path models, String heap, Map<String, String> settings)
      throws IOException, InterruptedException {
    return start(name, models, heap, settings, null);
  }

  /**
   * Starts a node in a control group; as {@link #start(String, Path, String, Map)}.
   *
   * @param group that outlives the node, or null for this process's
   */
  public static BenchNode start(
      String name, Path models, String heap, Map<String, String> settings, MemoryCgroup group)
      throws IOException, InterruptedException {
    WorkFolder folder = WorkFolder.fresh(files().resolve(name));
    NodeProcess process = new NodeProcess(Main.home(), folder.path(), heap, 0, settings);
    if (models != null) {
      new ModelFolders(process.models()).add(models);
    }
    process.cgroup(group);
    Runtime.getRuntime().addShutdownHook(new Thread(process::close, "stop-node"));
    process.start();
    return new BenchNode(folder, process);
  }

  /**
   * Creates an attributor, and a pipeline and an index that use it.
   *
   * @param attributor the attributor's definition
   * @param shards of the index, which has no replicas
   */
  public void createIndex(ObjectNode attributor, int shards)
      throws IOException, InterruptedException {
    createIndex(attributor, shards, JSON.createObjectNode());
  }

  /**
   * Creates an index as {@link #createIndex(ObjectNode, int)} does.
   *
   * @param indexOptions of its gradient field
   */
  public void createIndex(ObjectNode attributor, int shards, ObjectNode indexOptions)
      throws IOException, InterruptedException {
    // The digest of a model of some gigabytes takes longer than the default of 30 s.
    client.send(
        "PUT", "/_plugins/_rapidin/attributors/" + NAME + "?timeout=10m", attributor.toString());
    client.send(
        "PUT",
        "/_ingest/pipeline/" + NAME,
        """
        {"processors":[{"rapidgrad":{"attributor":"%s","target_field":"gradient"}}]}"""
            .formatted(NAME));
    ObjectNode index = JSON.createObjectNode();
    index
        .putObject("settings")
        .put("index.codec", "rapidin")
        .put("index.default_pipeline", NAME)
        .put("index.number_of_shards", shards)
        .put("index.number_of_replicas", 0);
    ObjectNode field = index.putObject("mappings").putObject("properties").putObject("gradient");
    field.put("type", "gradient_vector").put("attributor", NAME);
    if (!indexOptions.isEmpty()) {
      field.set("index_options", indexOptions);
    }
    client.send("PUT", "/" + NAME, index.toString());
  }

  /** An attributor of dimension 65,536 over an adapter, or over all linear weights. */
  public static ObjectNode attributor(
      String model, String adapter, String prompt, String completion, int maxTokens) {
    ObjectNode attributor = JSON.createObjectNode();
    attributor.put("model", model);
    if (adapter != null) {
      attributor.put("adapter", adapter);
    }
    attributor.putObject("template").put("prompt", prompt).put("completion", completion);
    attributor.put("max_tokens", maxTokens);
    attributor.putObject("compression").put("method", "rapidgrad").put("dimension", 65_536);
    return attributor;
  }

  /** Ends the process as {@code kill -9} does and starts it again on the same data. */
  public void killAndRestart() throws IOException, InterruptedException {
    process.kill();
    client.close();
    process.start();
    client = new OpenSearchClient(process.address(), ANSWER_LIMIT);
  }

  /** A client of the node that waits up to an hour for an answer. */
  public OpenSearchClient client() {
    return client;
  }

  /** The node's process. */
  public NodeProcess process() {
    return process;
  }

  /** What the process has used so far. */
  public ProcessUsage usage() throws IOException {
    return process.usage();
  }

  /** Resident memory without mapped files, with the whole heap. */
  public long residentBytesWithWholeHeap() throws IOException, InterruptedException {
    JavaHeap heap = JavaHeap.of(process.pid());
    return ResidentMemory.of(process.pid(), heap).withWhole(heap);
  }

  /** The plugin's statistics of this node. */
  public JsonNode stats() throws IOException, InterruptedException {
    return only(client.get("/_plugins/_rapidin/stats"));
  }

  /**
   * The one node of an answer about all nodes.
   *
   * @throws IOException if it is not there, as when it did not answer in time; has the whole answer
   */
  public static JsonNode only(JsonNode answer) throws IOException {
    JsonNode nodes = answer.path("nodes");
    if (nodes.size() != 1) {
      throw new IOException("%s nodes instead of one in %s".formatted(nodes.size(), answer));
    }
    return nodes.elements().next();
  }

  @Override
  public void close() throws IOException {
    client.close();
    process.close();
    folder.close();
  }
}
