package org.rapidin.plugin.registry;

import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.node.NodesModelAction;

/** A PUT of an attributor does not wait for a node that never reports its model files. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0)
public class PutAttributorTimeoutIT extends TinyClusterTestCase {
  private static final TimeValue TIMEOUT = TimeValue.timeValueSeconds(1);

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class, MockTransportService.TestPlugin.class);
  }

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) throws IOException {
    TinyModelDirectory.write(directory, 1);
  }

  public void testANodeThatCannotReadTheAttributorIsNamedWithTheUpgrade() {
    List<String> nodes = internalCluster().startNodes(2);
    String fault = "unknown key [compression.later]";
    for (String older : nodes) { // the cluster manager itself, and another node
      MockTransportService transport =
          (MockTransportService) internalCluster().getInstance(TransportService.class, older);
      transport.addRequestHandlingBehavior(
          NodesModelAction.NAME + "[n]",
          (handler, request, channel, task) ->
              channel.sendResponse(new IllegalArgumentException(fault)));
      PutAttributorAction.Request put = new PutAttributorAction.Request("demo", spec());
      OpenSearchStatusException refused =
          expectThrows(
              OpenSearchStatusException.class,
              () ->
                  client()
                      .execute(PutAttributorAction.INSTANCE, put)
                      .actionGet(20, TimeUnit.SECONDS));
      assertEquals(RestStatus.SERVICE_UNAVAILABLE, refused.status());
      assertThat(
          refused.getMessage(),
          allOf(
              containsString("node [" + older + "] did not report its model files"),
              containsString(fault),
              containsString("upgrade the plugin on every node")));
      transport.clearAllRules();
    }
  }

  public void testFindingsRowB6ANodeThatDoesNotReportIsNamedAtTheTimeout() {
    List<String> nodes = internalCluster().startNodes(2);
    for (String silent : nodes) { // the cluster manager itself, and another node
      MockTransportService transport =
          (MockTransportService) internalCluster().getInstance(TransportService.class, silent);
      transport.addRequestHandlingBehavior(
          NodesModelAction.NAME + "[n]", (handler, request, channel, task) -> {});
      PutAttributorAction.Request put = new PutAttributorAction.Request("demo", spec());
      put.timeout(TIMEOUT);
      long start = System.nanoTime();
      ActionFuture<PutAttributorAction.Response> answer =
          client().execute(PutAttributorAction.INSTANCE, put);
      OpenSearchStatusException late =
          expectThrows(
              OpenSearchStatusException.class, () -> answer.actionGet(20, TimeUnit.SECONDS));
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      assertEquals(RestStatus.SERVICE_UNAVAILABLE, late.status());
      assertThat(
          late.getMessage(),
          allOf(
              containsString("node [" + silent + "] did not report its model files"),
              containsString("it still computes their digests")));
      assertTrue(millis + " ms", millis <= TIMEOUT.millis() + 1000);
      transport.clearAllRules();
    }
    putAttributor();
  }
}
