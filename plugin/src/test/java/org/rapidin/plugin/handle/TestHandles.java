package org.rapidin.plugin.handle;

import java.net.InetAddress;
import java.util.Map;
import java.util.Set;
import org.opensearch.Version;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;
import org.opensearch.core.common.transport.TransportAddress;
import org.opensearch.threadpool.ThreadPool;

/** Handles of a node that has no other node. */
public final class TestHandles {
  private TestHandles() {}

  /** A node of this id with room for every gradient. */
  public static GradientHandles on(String nodeId, ThreadPool threadPool) {
    CircuitBreaker breaker = new NoopCircuitBreaker("rapidin");
    DiscoveryNode node =
        new DiscoveryNode(
            nodeId,
            new TransportAddress(InetAddress.getLoopbackAddress(), 9300),
            Map.of(),
            Set.of(),
            Version.CURRENT);
    return new GradientHandles(
        new GradientStore(() -> breaker, System::nanoTime, Long.MAX_VALUE),
        () -> DiscoveryNodes.builder().add(node).localNodeId(nodeId).build(),
        threadPool);
  }
}
