package org.rapidin.plugin.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.opensearch.action.admin.indices.forcemerge.ForceMergeRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.routing.ShardRouting;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.indices.recovery.RecoveryState;
import org.opensearch.search.SearchHit;
import org.opensearch.test.InternalTestCluster;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.rapidin.plugin.node.NodeVerification.ShardVerification;

/**
 * A node that stops leaves a file of vectors or codes that is cut off: its copy does not open, and
 * is recovered from the sound one.
 */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class TruncatedCopyIT extends DamagedCopyTestCase {
  private static final int DOCUMENTS = 80; // enough for codes
  private static final String EXACT = "";
  private static final String CANDIDATES = ",\"mode\":\"candidates\",\"k\":5,\"oversample\":10";

  public void testAReplicaWithoutAllOfItsRowsIsRecoveredWhenItsNodeIsBack() throws Exception {
    internalCluster().startNodes(2);
    fill();
    Map<String, Double> exact = influences(EXACT, "_primary");
    Map<String, Double> candidates = influences(CANDIDATES, "_primary");
    String node = node(false);
    internalCluster().restartNode(node, new CutOff(node, vectorFile(false, "rgv")));
    ensureGreen("train");
    assertTrue(copied(node, "rgv"));
    assertSound(exact, candidates);
  }

  public void testAPrimaryWithoutAllOfItsCodesGivesWayAfterAFullRestart() throws Exception {
    internalCluster().startNodes(2);
    fill();
    Map<String, Double> exact = influences(EXACT, "_primary");
    Map<String, Double> candidates = influences(CANDIDATES, "_primary");
    internalCluster().fullRestart(new CutOff(node(true), vectorFile(true, "rgc")));
    ensureGreen("train");
    assertSound(exact, candidates);
  }

  /** Cuts off a file when its node has stopped. */
  private static final class CutOff extends InternalTestCluster.RestartCallback {
    private final String node;
    private final Path file;

    CutOff(String node, Path file) {
      this.node = node;
      this.file = file;
    }

    @Override
    public Settings onNodeStopped(String stopped) throws Exception {
      if (stopped.equals(node)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(channel.size() / 2);
        }
        assertCannotBeOpened(file);
      }
      return super.onNodeStopped(stopped);
    }
  }

  private static void assertCannotBeOpened(Path file) throws IOException {
    try (Directory directory = FSDirectory.open(file.getParent())) {
      CorruptIndexException e =
          expectThrows(CorruptIndexException.class, () -> DirectoryReader.open(directory).close());
      assertTrue(e.getMessage(), e.getMessage().contains(file.getFileName().toString()));
    }
  }

  /** A copy that cannot be read is not waited for: the shard is allocated at once. */
  private void fill() {
    createTrainingIndex(
        1,
        1,
        Settings.builder().put("index.unassigned.node_left.delayed_timeout", "0").build(),
        ",\"index_options\":{\"candidates\":\"sign_bits\"}");
    ingest(client(), 0, DOCUMENTS);
    client()
        .admin()
        .indices()
        .forceMerge(new ForceMergeRequest("train").maxNumSegments(1))
        .actionGet();
    client().admin().indices().prepareFlush("train").setForce(true).get();
    refresh("train");
  }

  private void assertSound(Map<String, Double> exact, Map<String, Double> candidates) {
    List<ShardVerification> copies = verify();
    assertEquals(2, copies.size());
    for (ShardVerification copy : copies) {
      assertEquals("", copy.damage());
    }
    for (String copy : List.of("_primary", "_replica")) {
      assertEquals(exact, influences(EXACT, copy));
      assertEquals(candidates, influences(CANDIDATES, copy));
    }
  }

  private static String node(boolean primary) {
    ClusterState state = client().admin().cluster().prepareState().get().getState();
    ShardRouting copy =
        state.routingTable().index("train").shard(0).activeShards().stream()
            .filter(shard -> shard.primary() == primary)
            .findFirst()
            .orElseThrow();
    return state.nodes().get(copy.currentNodeId()).getName();
  }

  /** Whether the last recovery of a node's copy took a file from the other copy. */
  private static boolean copied(String node, String extension) {
    List<RecoveryState> recoveries =
        client()
            .admin()
            .indices()
            .prepareRecoveries("train")
            .get()
            .shardRecoveryStates()
            .get("train");
    return recoveries.stream()
        .filter(recovery -> recovery.getTargetNode().getName().equals(node))
        .flatMap(recovery -> recovery.getIndex().fileDetails().stream())
        .anyMatch(file -> file.name().endsWith("." + extension) && !file.reused());
  }

  private static Map<String, Double> influences(String mode, String copy) {
    SearchResponse response =
        client()
            .prepareSearch("train")
            .setPreference(copy)
            .setSize(DOCUMENTS)
            .setQuery(
                QueryBuilders.wrapperQuery(
                    "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\"this\""
                        + mode
                        + "}}}"))
            .get();
    assertEquals(0, response.getFailedShards());
    Map<String, Double> influences = new LinkedHashMap<>();
    for (SearchHit hit : response.getHits()) {
      influences.put(hit.getId(), ((Number) hit.field("influence").getValue()).doubleValue());
    }
    assertEquals(mode.isEmpty() ? DOCUMENTS : 5, influences.size());
    return influences;
  }
}
