package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.rapidin.attribution.check.CheckReport;
import org.rapidin.attribution.check.CheckReport.Finding;
import org.rapidin.attribution.check.CheckReport.Status;
import org.rapidin.plugin.lucene.VectorCounts;
import org.rapidin.plugin.wire.NextVersion;

/** Answers of nodes are read as they were written, also those of the next version. */
class NodeWireTests {
  @Test
  void countsOfVectors() throws IOException {
    IndexVectors counts =
        new IndexVectors(
            new TreeMap<>(
                Map.of(
                    "train", new TreeMap<>(Map.of("a", new VectorCounts(1, 2, 3, 4, 5))),
                    "empty", new TreeMap<>())));
    NextVersion.assertIsRead(counts, 0, IndexVectors::read);
  }

  @Test
  void verifications() throws IOException {
    NodeVerification found =
        new NodeVerification(
            List.of(
                new NodeVerification.ShardVerification("train", 3, true, 1L << 40, "", false),
                new NodeVerification.ShardVerification("b", 0, false, 0, "a flipped bit", true)));
    NextVersion.assertIsRead(found, 0, NodeVerification::read);
  }

  @Test
  void checks() throws IOException {
    NextVersion.assertIsRead(
        AttributorCheckResult.skipped("no libtorch"), 0, AttributorCheckResult::read);
    CheckReport report =
        new CheckReport(
            List.of(
                new Finding("gradient", Status.PASSED, "differ by 1.0e-04"),
                new Finding("first_token", Status.FAILED, "twice"),
                new Finding("probe_loss", Status.WARNING, "née")));
    NextVersion.assertIsRead(AttributorCheckResult.of(report), 0, AttributorCheckResult::read);
  }

  @Test
  void warmUps() throws IOException {
    NodeWarmth warmth =
        new NodeWarmth(
            "no driver",
            List.of(
                new NodeWarmth.ShardWarmth(
                    "train", 2, "a", 7, 1L << 33, new TreeMap<>(Map.of("few_rows", 5L)))));
    NextVersion.assertIsRead(warmth, 0, NodeWarmth::read);
  }

  /** They have no fields of ours yet. */
  @Test
  void requestsForStatistics() throws IOException {
    int header = NextVersion.bytes(new Header()).length();
    NextVersion.assertIsRead(new NodesStatsAction.Request(), header, NodesStatsAction.Request::new);
    NextVersion.assertIsRead(
        new NodesVectorsAction.Request(), header, NodesVectorsAction.Request::new);
  }

  /** What OpenSearch writes before the fields of a request to nodes. */
  private static final class Header extends BaseNodesRequest<Header> {
    Header() {
      super(new String[0]);
    }
  }
}
