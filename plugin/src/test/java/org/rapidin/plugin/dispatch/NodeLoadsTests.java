package org.rapidin.plugin.dispatch;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.test.OpenSearchTestCase;

/** Which node is asked, by what is known of their loads. */
public class NodeLoadsTests extends OpenSearchTestCase {
  private static final String PRINT = "fingerprint";

  private final DiscoveryNodes nodes = nodes("here", "a", "b");
  private int local;
  private long now;
  private final NodeLoads loads = new NodeLoads(() -> local, () -> now);

  private static DiscoveryNodes nodes(String... ids) {
    DiscoveryNodes.Builder nodes = DiscoveryNodes.builder().localNodeId(ids[0]);
    for (String id : ids) {
      nodes.add(
          new DiscoveryNode(id, buildNewFakeTransportAddress(), org.opensearch.Version.CURRENT));
    }
    return nodes.build();
  }

  private String chosen(String... asked) {
    return loads.choose(nodes, PRINT, Set.of(asked)).map(DiscoveryNode::getId).orElse("none");
  }

  public void testThisNodeIsChosenAmongEquals() {
    for (int i = 0; i < 20; i++) {
      assertEquals("here", chosen());
    }
    assertEquals("none", chosen("here", "a", "b"));
  }

  public void testTheLeastLoadedNodeIsChosen() {
    local = 2;
    loads.sent("a");
    assertEquals("b", chosen());
    loads.sent("b");
    loads.sent("b");
    assertEquals("a", chosen());
    loads.ended("b");
    loads.ended("b");
    assertEquals("b", chosen());
  }

  public void testOtherNodesAreAllUsedUnderLoad() {
    local = 5;
    Set<String> used = new HashSet<>();
    for (int i = 0; i < 8; i++) {
      String node = chosen();
      used.add(node);
      loads.sent(node);
    }
    assertEquals(Set.of("a", "b"), used);
  }

  public void testWhatANodeReportsCountsForSomeSeconds() {
    local = 3;
    for (String node : List.of("a", "b")) {
      loads.sent(node);
      loads.ended(node);
      loads.reported(node, 9);
    }
    assertEquals("here", chosen());
    now += TimeUnit.SECONDS.toNanos(6);
    assertNotEquals("here", chosen());
  }

  public void testANodeWithoutTheModelIsAskedLastAndAgainAfterAWhile() {
    loads.found("here", PRINT, false);
    loads.found("a", PRINT, false);
    assertEquals("b", chosen());
    assertNotEquals("none", chosen("b"));
    loads.found("a", PRINT, true);
    assertEquals("a", chosen("b"));
    now += TimeUnit.SECONDS.toNanos(31);
    assertEquals("here", chosen());
  }

  public void testNodesThatLeftAreForgotten() {
    loads.sent("a");
    loads.found("a", PRINT, false);
    loads.retain(nodes("here", "b"));
    local = 1;
    loads.sent("b");
    loads.sent("b");
    assertEquals("a", chosen());
  }
}
