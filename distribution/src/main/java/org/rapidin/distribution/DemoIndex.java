package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Creates the demo's index from the files in {@code config/} and fills it. */
final class DemoIndex {
  /** Small enough for a smooth progress bar, large enough for passes of similar lengths. */
  private static final int BULK = 64;

  /** Concurrent bulks: one is computed while the other is indexed. */
  private static final int WRITERS = 2;

  private final OpenSearchClient client;
  private final Path config;
  private final DemoMethod method;
  private final ObjectMapper json = new ObjectMapper();

  /** The index of the method that the files in {@code config/} name. */
  DemoIndex(OpenSearchClient client, Path config) {
    this(client, config, DemoMethod.RAPIDGRAD);
  }

  /**
   * @param client of the node
   * @param config the project's {@code config/} folder
   * @param method that makes vectors of gradients
   */
  DemoIndex(OpenSearchClient client, Path config, DemoMethod method) {
    this.client = client;
    this.config = config;
    this.method = method;
  }

  /** Creates the attributor, the pipeline and the index, with RapidGrad also the template. */
  void create() throws IOException, InterruptedException {
    put(
        "/_plugins/_rapidin/attributors/" + method.attributor(),
        "attributors/%s.json".formatted(method.attributor()));
    if (method == DemoMethod.RAPIDGRAD) {
      put("/_ingest/pipeline/influence", "ingest-pipelines/influence.json");
      put("/_index_template/train", "index-templates/train.json");
      client.send("PUT", "/" + method.index(), null);
      return;
    }
    String pipeline = method.pipeline(config).toString();
    client.send("PUT", "/_ingest/pipeline/" + method.pipeline(), pipeline);
    client.send("PUT", "/" + method.index(), method.index(config).toString());
  }

  private void put(String path, String file) throws IOException, InterruptedException {
    client.send("PUT", path, Files.readString(config.resolve(file)));
  }

  /**
   * Indexes a file of documents through the pipeline and makes them searchable.
   *
   * @param documents one JSON object with an {@code id} per line
   * @return how many were indexed
   * @throws IOException if a document failed; names it
   */
  int fill(Path documents) throws IOException, InterruptedException {
    List<String> lines;
    try (Stream<String> all = Files.lines(documents)) {
      lines = all.filter(line -> !line.isBlank()).toList();
    }
    try (ProgressBar bar = progress(lines.size());
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<Void>> bulks = new ArrayList<>();
      for (int from = 0; from < lines.size(); from += BULK) {
        List<String> chunk = lines.subList(from, Math.min(lines.size(), from + BULK));
        bulks.add(writers.submit(() -> index(chunk, bar)));
      }
      for (Future<Void> bulk : bulks) {
        await(bulk, writers);
      }
    }
    client.send("POST", "/" + method.index() + "/_refresh", null);
    return lines.size();
  }

  private static void await(Future<Void> bulk, ExecutorService writers)
      throws IOException, InterruptedException {
    try {
      bulk.get();
    } catch (ExecutionException failed) {
      writers.shutdownNow();
      throw new IOException(failed.getCause().getMessage(), failed.getCause());
    }
  }

  private Void index(List<String> chunk, ProgressBar bar) throws IOException, InterruptedException {
    StringBuilder body = new StringBuilder();
    for (String line : chunk) {
      ObjectNode document = (ObjectNode) json.readTree(line);
      ObjectNode action = json.createObjectNode();
      action.putObject("index").put("_id", document.remove("id").asText());
      body.append(action).append('\n').append(document).append('\n');
    }
    JsonNode answer = client.send("POST", "/" + method.index() + "/_bulk", body.toString());
    for (JsonNode item : answer.path("items")) {
      JsonNode error = item.path("index").path("error");
      if (!error.isMissingNode()) {
        throw new IOException(
            "document %s failed: %s"
                .formatted(item.path("index").path("_id").asText(), error.path("reason").asText()));
      }
    }
    bar.stepBy(chunk.size());
    return null;
  }

  private static ProgressBar progress(int documents) {
    return new ProgressBarBuilder()
        .setTaskName("Gradients")
        .setInitialMax(documents)
        .setUnit(" documents", 1)
        .showSpeed()
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(500)
        .setMaxRenderedLength(100)
        .build();
  }
}
