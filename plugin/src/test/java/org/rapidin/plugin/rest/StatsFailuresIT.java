package org.rapidin.plugin.rest;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchException;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.test.rest.FakeRestChannel;
import org.opensearch.test.rest.FakeRestRequest;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.node.NodesVectorsAction;

/** What statistics say of nodes that did not answer. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class StatsFailuresIT extends TinyClusterTestCase {
  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class, MockTransportService.TestPlugin.class);
  }

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) {}

  public void testANodeThatCouldNotCountItsVectorsIsNamed() throws Exception {
    List<String> names = internalCluster().startNodes(2);
    assertEquals(Map.of("total", 2, "successful", 2, "failed", 0), header(names.get(0)));
    ((MockTransportService) internalCluster().getInstance(TransportService.class, names.get(1)))
        .addRequestHandlingBehavior(
            NodesVectorsAction.NAME + "[n]",
            (handler, request, channel, task) ->
                channel.sendResponse(new OpenSearchException("the disk is gone")));
    Map<String, Object> header = header(names.get(0));
    assertEquals(1, header.get("successful"));
    assertEquals(1, header.get("failed"));
    assertTrue(header.toString(), header.get("failures").toString().contains("the disk is gone"));
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> header(String node) throws Exception {
    FakeRestRequest request = new FakeRestRequest.Builder(xContentRegistry()).build();
    FakeRestChannel channel = new FakeRestChannel(request, false, 1);
    NodeClient client = internalCluster().getInstance(NodeClient.class, node);
    new RestStatsAction().handleRequest(request, channel, client);
    assertBusy(() -> assertEquals(1, channel.responses().get()));
    Map<String, Object> answer =
        XContentHelper.convertToMap(
                channel.capturedResponse().content(), true, MediaTypeRegistry.JSON)
            .v2();
    return (Map<String, Object>) answer.get("_nodes");
  }
}
