package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.distribution.ApiException;

/**
 * Leaves a small file system less space than a merge needs, then enlarges it; needs root, for
 * mount.
 */
record DiskFullDuringMerge(int documents) implements FaultRun {
  private static final int FLUSHES = 6;

  /** A quarter of the vectors at K = 65,536. */
  private static final int FREE_BYTES_A_DOCUMENT = 32 << 10;

  private static final String INDEX = "/" + BenchNode.NAME;

  @Override
  public int row() {
    return 25;
  }

  @Override
  public String description() {
    return "disk full during a merge: the node lives, no document is lost, and the merge succeeds once there is space";
  }

  @Override
  public String run() throws Exception {
    Path disk = Files.createDirectories(BenchNode.files().resolve("disk"));
    DiskFull.command("mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", disk.toString());
    try {
      return merge(disk);
    } finally {
      DiskFull.command("umount", disk.toString());
    }
  }

  private String merge(Path disk) throws Exception {
    Path data = disk.resolve("data");
    String failure;
    try (BenchNode node = DemoNode.start("faults", "512m", Map.of("path.data", data.toString()))) {
      fill(node);
      FileStore store = Files.getFileStore(disk);
      long used = store.getTotalSpace() - store.getUsableSpace();
      long size = used + (long) documents * FREE_BYTES_A_DOCUMENT;
      DiskFull.command("mount", "-o", "remount,size=" + size, disk.toString());
      failure = failedMerge(node);
      node.client().get("/");
      DiskFull.command("mount", "-o", "remount,size=2g", disk.toString());
      node.client().send("POST", "/_cluster/reroute?retry_failed=true", null);
      node.client().get("/_cluster/health?wait_for_status=green&timeout=60s");
      requireAll(node);
      JsonNode merged = forceMerge(node);
      FaultRun.require(merged.at("/_shards/failed").asInt() == 0, "the merge failed: %s", merged);
      requireAll(node);
    }
    ShardCheck.requireClean(data);
    return "%d documents, 0 lost, CheckIndex clean; %s".formatted(documents, failure);
  }

  private void fill(BenchNode node) throws IOException, InterruptedException {
    List<String> all = DemoNode.documents(documents).stream().map(ObjectNode::toString).toList();
    for (int i = 0; i < FLUSHES; i++) {
      List<String> part = all.subList(i * documents / FLUSHES, (i + 1) * documents / FLUSHES);
      new BulkRun(node.client(), BenchNode.NAME).send(part, 25, 2);
      node.client().send("POST", INDEX + "/_flush?force=true", null);
    }
  }

  /** Returns how the merge failed. */
  private static String failedMerge(BenchNode node) throws IOException, InterruptedException {
    JsonNode answer;
    try {
      answer = forceMerge(node);
    } catch (ApiException refused) {
      return "the merge answered %d".formatted(refused.status());
    }
    FaultRun.require(
        answer.at("/_shards/failed").asInt() > 0, "the merge had enough space: %s", answer);
    return "the merge failed with "
        + answer.at("/_shards/failures/0/reason/type").asText("no reason");
  }

  private static JsonNode forceMerge(BenchNode node) throws IOException, InterruptedException {
    return node.client().send("POST", INDEX + "/_forcemerge?max_num_segments=1", null);
  }

  private void requireAll(BenchNode node) throws IOException, InterruptedException {
    node.client().send("POST", INDEX + "/_refresh", null);
    int count = node.client().get(INDEX + "/_count").path("count").asInt();
    FaultRun.require(count == documents, "%d of %d documents are left", count, documents);
  }
}
