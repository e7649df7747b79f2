package org.rapidin.plugin.rest;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchException;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.plugins.Plugin;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.test.rest.FakeRestChannel;
import org.opensearch.test.rest.FakeRestRequest;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.node.NodesStatsAction;
import org.rapidin.plugin.node.NodesVectorsAction;

/** What statistics and the list of models say of nodes that did not answer. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class StatsFailuresIT extends TinyClusterTestCase {
  private static final Map<String, Object> ALL = Map.of("total", 2, "successful", 2, "failed", 0);

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class, MockTransportService.TestPlugin.class);
  }

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) {}

  public void testANodeThatCouldNotCountItsVectorsIsNamed() throws Exception {
    List<String> names = internalCluster().startNodes(2);
    assertEquals(ALL, header(new RestStatsAction(), names.get(0)));
    fail(names.get(1), NodesVectorsAction.NAME);
    assertOneFailed(header(new RestStatsAction(), names.get(0)));
  }

  public void testANodeWhoseModelsAreNotKnownIsNamed() throws Exception {
    List<String> names = internalCluster().startNodes(2);
    assertEquals(ALL, header(new RestModelsAction(), names.get(0)));
    fail(names.get(1), NodesStatsAction.NAME);
    assertOneFailed(header(new RestModelsAction(), names.get(0)));
  }

  private static void fail(String node, String action) {
    ((MockTransportService) internalCluster().getInstance(TransportService.class, node))
        .addRequestHandlingBehavior(
            action + "[n]",
            (handler, request, channel, task) ->
                channel.sendResponse(new OpenSearchException("the disk is gone")));
  }

  private static void assertOneFailed(Map<String, Object> header) {
    assertEquals(2, header.get("total"));
    assertEquals(1, header.get("successful"));
    assertEquals(1, header.get("failed"));
    assertTrue(header.toString(), header.get("failures").toString().contains("the disk is gone"));
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> header(BaseRestHandler handler, String node) throws Exception {
    FakeRestRequest request = new FakeRestRequest.Builder(xContentRegistry()).build();
    FakeRestChannel channel = new FakeRestChannel(request, false, 1);
    NodeClient client = internalCluster().getInstance(NodeClient.class, node);
    handler.handleRequest(request, channel, client);
    assertBusy(() -> assertEquals(1, channel.responses().get()));
    Map<String, Object> answer =
        XContentHelper.convertToMap(
                channel.capturedResponse().content(), true, MediaTypeRegistry.JSON)
            .v2();
    return (Map<String, Object>) answer.get("_nodes");
  }
}
