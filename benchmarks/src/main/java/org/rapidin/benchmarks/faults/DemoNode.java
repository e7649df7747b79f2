package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.distribution.Main;

/** A node with the demo's model and training documents. */
final class DemoNode {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final String PROMPT = "User: {{instruction}}\nModel: ";
  private static final String COMPLETION = "{{output}}</s>";

  private DemoNode() {}

  /** The folder of the demo's models. */
  static Path models() {
    return Main.root().resolve("distribution/src/demo/models");
  }

  /** Starts a node with an index of one shard. */
  static BenchNode start(String name, String heap, Map<String, String> settings)
      throws IOException, InterruptedException {
    BenchNode node = BenchNode.start(name, models(), heap, settings);
    node.createIndex(attributor(), 1);
    return node;
  }

  /** The attributor of all these runs: one checkpoint of the demo. */
  static ObjectNode attributor() {
    return attributor("demo", "checkpoint-1", 128);
  }

  /** An attributor of another model for the demo's documents. */
  static ObjectNode attributor(String model, String adapter, int maxTokens) {
    return BenchNode.attributor(model, adapter, PROMPT, COMPLETION, maxTokens);
  }

  /** The demo's training documents without ids, repeated as needed. */
  static List<ObjectNode> documents(int count) throws IOException {
    List<ObjectNode> documents = new ArrayList<>();
    Path file = Main.root().resolve("distribution/src/demo/documents.jsonl");
    try (Stream<String> lines = Files.lines(file)) {
      for (String line : (Iterable<String>) lines::iterator) {
        ObjectNode document = (ObjectNode) JSON.readTree(line);
        document.remove("id");
        documents.add(document);
      }
    }
    List<ObjectNode> repeated = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      repeated.add(documents.get(i % documents.size()));
    }
    return repeated;
  }

  /** Prompt and completion of a document, as the attributor's template makes them. */
  static ObjectNode sample(ObjectNode document) {
    return JSON.createObjectNode()
        .put("prompt", PROMPT.replace("{{instruction}}", document.path("instruction").asText()))
        .put("completion", COMPLETION.replace("{{output}}", document.path("output").asText()));
  }

  /** A search by the text of a document. */
  static String search(ObjectNode document) {
    ObjectNode search = JSON.createObjectNode().put("_source", false);
    search.putObject("query").putObject("influence").set("gradient", sample(document));
    return search.toString();
  }

  /** The statistics of the only node's JVM and process. */
  static JsonNode jvm(BenchNode node) throws IOException, InterruptedException {
    return BenchNode.only(node.client().get("/_nodes/stats/jvm")).path("jvm");
  }
}
