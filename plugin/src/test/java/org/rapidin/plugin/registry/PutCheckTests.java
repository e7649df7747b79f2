package org.rapidin.plugin.registry;

import java.net.InetAddress;
import org.opensearch.Version;
import org.opensearch.action.FailedNodeException;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.transport.TransportAddress;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.transport.ReceiveTimeoutTransportException;
import org.opensearch.transport.RemoteTransportException;

/** A check without a result says whether it was too slow or failed, and of what. */
public class PutCheckTests extends OpenSearchTestCase {

  private static String reason(Exception cause) {
    return PutCheck.unfinished("demo", new FailedNodeException("n1", "Failed node [n1]", cause));
  }

  public void testOnlyATimeoutIsCalledOne() {
    TransportAddress address = new TransportAddress(InetAddress.getLoopbackAddress(), 9300);
    DiscoveryNode node = new DiscoveryNode("n1", address, Version.CURRENT);
    String late = reason(new ReceiveTimeoutTransportException(node, "check", "after [30000ms]"));
    assertTrue(late, late.startsWith("it did not finish in time: run POST"));
    String failed =
        reason(
            new RemoteTransportException(
                "n1", address, "check", new IllegalStateException("the disk is gone")));
    assertEquals(
        "it failed: run POST _plugins/_rapidin/attributors/demo/_check (node [n1]: the disk is gone)",
        failed);
  }
}
