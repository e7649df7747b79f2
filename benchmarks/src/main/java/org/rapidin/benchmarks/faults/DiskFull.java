package org.rapidin.benchmarks.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;

/** Fills a small file system with the node's data, then enlarges it; needs root, for mount. */
record DiskFull() implements FaultRun {
  private static final long STALL_NANOS = 15_000_000_000L;

  @Override
  public int row() {
    return 25;
  }

  @Override
  public String description() {
    return "disk full: writes are rejected, the node lives, and writes go on once there is space";
  }

  @Override
  public String run() throws Exception {
    Path disk = Files.createDirectories(BenchNode.files().resolve("disk"));
    command("mount", "-t", "tmpfs", "-o", "size=192m", "tmpfs", disk.toString());
    try {
      return fill(disk);
    } finally {
      command("umount", disk.toString());
    }
  }

  private static String fill(Path disk) throws Exception {
    Map<String, String> settings = Map.of("path.data", disk.resolve("data").toString());
    try (BenchNode node = DemoNode.start("faults", "512m", settings)) {
      Writers writers = new Writers(node, DemoNode.documents(1200), 2);
      try (writers) {
        int full = whenStalled(writers);
        node.client().get("/");
        command("mount", "-o", "remount,size=2g", disk.toString());
        node.client().send("POST", "/_cluster/reroute?retry_failed=true", null);
        node.client().get("/_cluster/health?wait_for_status=green&timeout=60s");
        writers.awaitAcknowledged(full + 100);
      }
      int lost = writers.lost();
      FaultRun.require(lost == 0, "%d acknowledged documents lost", lost);
      return "%d acknowledged, 0 lost".formatted(writers.acknowledged().size());
    }
  }

  /** Waits until no document is acknowledged any more and returns how many were. */
  private static int whenStalled(Writers writers) throws InterruptedException {
    int last = 0;
    long since = System.nanoTime();
    while (last == 0 || System.nanoTime() - since < STALL_NANOS) {
      Thread.sleep(200);
      int now = writers.acknowledged().size();
      if (now != last) {
        last = now;
        since = System.nanoTime();
      }
    }
    return last;
  }

  /** Runs a command as root. */
  static void command(String... words) throws IOException, InterruptedException {
    int status = new ProcessBuilder(words).inheritIO().start().waitFor();
    FaultRun.require(status == 0, "%s ended with status %d", words[0], status);
  }
}
